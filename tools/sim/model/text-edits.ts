/** What is done to a text from its beginning on: letters that stay, letters that come, and how many go. */
export type Edit = readonly (number | string | { readonly d: number | string })[]

type Part =
  | { readonly kind: 'stay' | 'go'; readonly length: number }
  | { readonly kind: 'come'; readonly text: string }

const partsOf = (edit: Edit): readonly Part[] =>
  edit.map((part): Part => {
    if (typeof part === 'number') return { kind: 'stay', length: part }
    if (typeof part === 'string') return { kind: 'come', text: part }
    return { kind: 'go', length: typeof part.d === 'number' ? part.d : Array.from(part.d).length }
  })

const editOf = (parts: readonly Part[]): Edit =>
  parts.map((part) => {
    if (part.kind === 'come') return part.text
    return part.kind === 'stay' ? part.length : { d: part.length }
  })

/** How many letters there have to be. */
export const reachOf = (edit: Edit): number =>
  partsOf(edit).reduce((sum, part) => sum + (part.kind === 'come' ? 0 : part.length), 0)

export const applied = (text: string, edit: Edit): string => {
  const letters = Array.from(text)
  let result = ''
  let at = 0
  for (const part of partsOf(edit)) {
    if (part.kind === 'come') {
      result += part.text
      continue
    }
    if (part.kind === 'stay') result += letters.slice(at, at + part.length).join('')
    at += part.length
  }
  return result + letters.slice(at).join('')
}

/** Hands out the parts of an edit, no longer than asked. What is over stays. */
const reader = (edit: Edit) => {
  const parts = [...partsOf(edit)]
  return {
    next: (): Part | undefined => parts[0],
    take(most: number): Part | undefined {
      const part = parts.shift()
      if (part === undefined || part.kind === 'come' || part.length <= most) return part
      parts.unshift({ ...part, length: part.length - most })
      return { ...part, length: most }
    },
    rest: (): readonly Part[] => parts,
  }
}

/** The same edit on a text on which another one of the same text was done first. Of two that come to one place, `side`. */
export const transformed = (edit: Edit, other: Edit, side: 'left' | 'right'): Edit => {
  const own = reader(edit)
  const result: Part[] = []
  for (const part of partsOf(other)) {
    if (part.kind === 'come') {
      if (side === 'left' && own.next()?.kind === 'come') result.push(...takenOf(own.take(0)))
      result.push({ kind: 'stay', length: Array.from(part.text).length })
      continue
    }
    let left = part.length
    while (left > 0) {
      const taken = own.take(left)
      if (taken === undefined) {
        if (part.kind === 'stay') result.push({ kind: 'stay', length: left })
        break
      }
      if (taken.kind === 'come') {
        result.push(taken)
        continue
      }
      left -= taken.length
      if (part.kind === 'stay') result.push(taken)
    }
  }
  return editOf([...result, ...own.rest()])
}

const takenOf = (part: Part | undefined): readonly Part[] => (part === undefined ? [] : [part])
