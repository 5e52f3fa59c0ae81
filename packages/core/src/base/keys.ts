const safe = /^[A-Za-z0-9_\-.:@]+$/
const unsafe = /[^A-Za-z0-9_\-.:@]/gu

/** Escapes any text into printable ASCII without `/`, so that it can be one part of a key. */
export const escapeKeyPart = (part: string): string => {
  if (safe.test(part)) return part
  return part === '' ? '%' : part.replace(unsafe, (character) => encodeCharacter(character))
}

const encodeCharacter = (character: string): string =>
  character.isWellFormed()
    ? encodeURIComponent(character).replace(
        /[!'()*~]/g,
        (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
      )
    : `%u${character.charCodeAt(0).toString(16)}`

const escaped = /%u([0-9a-f]{4})|(?:%[0-9A-F]{2})+/g

/** The inverse of `escapeKeyPart`. */
export const unescapeKeyPart = (part: string): string => {
  if (!part.includes('%')) return part
  if (part === '%') return ''
  return part.replace(escaped, (run: string, unit?: string) =>
    unit === undefined ? decodeURIComponent(run) : String.fromCharCode(Number.parseInt(unit, 16)),
  )
}

/** Joins parts with `/`, each escaped. */
export const joinKey = (...parts: readonly string[]): string => parts.map(escapeKeyPart).join('/')

const width = String(Number.MAX_SAFE_INTEGER).length

/** A non-negative integer in a form whose text order is its number order. */
export const orderedNumber = (value: number): string => String(value).padStart(width, '0')
