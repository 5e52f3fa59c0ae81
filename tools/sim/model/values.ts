/** Plain JSON: all that the simulated records hold. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }
export type Data = { readonly [field: string]: Value }

/** Texts of late with what they say: the checks look at the same records again and again, and change none. */
const known = new Map<string, Data>()
const mostKnown = 2_000

export const parseData = (text: string): Data => {
  const before = known.get(text)
  if (before !== undefined) return before
  const parsed = reshaped(withoutTags(JSON.parse(text) as Value, text) as Data)
  if (known.size >= mostKnown) known.clear()
  known.set(text, parsed)
  return parsed
}

/**
 * What an earlier version of the app wrote, as the newest has it: a field had another name and counted in another unit, and one
 * was not there. The names are used for nothing else.
 */
export const reshaped = (data: Data): Data => {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'minutes')) return data
  const { minutes, ...others } = data
  const isWhole = Object.hasOwn(others, 'caption') && Object.hasOwn(others, 'id')
  return { ...(isWhole ? { urgent: false } : {}), ...others, seconds: Number(minutes) * 60 }
}

/** A field's name in the newest version of the app. */
export const renamed = (field: string): string => (field === 'minutes' ? 'seconds' : field)

/** Objects with unusual keys are written as lists of their entries. */
const withoutTags = (value: Value, text: string): Value =>
  text.includes('"$":"entries"') ? untagged(value) : value

const untagged = (value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(untagged)
  const { $: tag, v, ...members } = value as { readonly [key: string]: Value }
  if (tag === 'bytes') return value
  const entries = tag === 'entries' ? (v as readonly (readonly [string, Value])[]) : Object.entries(members)
  return Object.fromEntries(entries.map(([key, member]) => [key, untagged(member)]))
}

/** A record of the server's as the codec writes it: bytes are told as text. */
export const encoded = (data: Readonly<Record<string, unknown>>): Data =>
  Object.values(data).some((value) => value instanceof Uint8Array)
    ? Object.fromEntries(
        Object.entries(data).map(([field, value]): readonly [string, Value] => [
          field,
          value instanceof Uint8Array
            ? { $: 'bytes', v: Buffer.from(value).toString('base64') }
            : (value as Value),
        ]),
      )
    : reshaped(data as Data)

/** What a field's type keeps beside its value stands under such a name, and is not shown. */
export const isBeside = (field: string): boolean => field.endsWith('$')

/** A record as its users see it. */
export const visible = (data: Data): Data =>
  Object.keys(data).some(isBeside)
    ? Object.fromEntries(Object.entries(data).filter(([field]) => !isBeside(field)))
    : data

/** The text of what is not there. */
export const nothing = 'nothing'

/** One text per value, whatever the order of its keys. */
export const canonical = (value: Value | undefined): string => {
  if (value === undefined) return nothing
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((member: Value) => canonical(member)).join()}]`
  const object = value as Data
  let members = ''
  for (const key of Object.keys(object).sort())
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonical(object[key])}`
  return `{${members}}`
}

export const isSame = (left: Value | undefined, right: Value | undefined): boolean => {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const [a, b] = [left as Data, right as Data]
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  )
}

/** As templates and `String` would, of what is no object. */
export const textOf = (value: Value | undefined): string =>
  typeof value === 'object' && value !== null ? canonical(value) : String(value)

/** Names of fields whose values differ, sorted. */
export const differences = (left: Data, right: Data): readonly string[] =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((field) => !isSame(left[field], right[field]))
    .sort()

/** The record, with some fields as they are in another. */
export const withFieldsOf = (record: Data, source: Data, fields: readonly string[]): Data => {
  if (fields.length === 0) return record
  const others = Object.entries(record).filter(([field]) => !fields.includes(field))
  const taken = Object.entries(source).filter(([field]) => fields.includes(field))
  return Object.fromEntries([...others, ...taken])
}
