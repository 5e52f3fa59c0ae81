import { base64ToBytes, bytesToBase64 } from './base64.ts'
import { SyncError, reasonOf } from './errors.ts'
import { assertPortable, isPortableList, type Portable } from './portable.ts'

/**
 * Portable values as strings, so that no transformer between the devices and the database can change
 * them. Plain JSON, except: `{"$":"date","v":ISO}`, `{"$":"bigint","v":digits}`, `{"$":"bytes","v":base64}`,
 * and an object with a key `$`, or one that JSON would escape, becomes `{"$":"entries","v":[[key,value],...]}`.
 */
export const encodePortable = (value: unknown): string => {
  assertPortable(value)
  return JSON.stringify(toJson(value))
}

/** @throws SyncError INVALID when the text is not what `encodePortable` writes */
export const decodePortable = (text: string): Portable => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new SyncError('INVALID', `This is not an encoded value: ${reasonOf(error)}.`, {
      reason: 'not JSON',
    })
  }
  const value = fromJson(json, 0)
  assertPortable(value)
  return value
}

/** The value itself where JSON says the same; most records are such. */
const toJson = (value: Portable): unknown => {
  if (typeof value === 'bigint') return { $: 'bigint', v: value.toString() }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return { $: 'date', v: value.toISOString() }
  if (value instanceof Uint8Array) return { $: 'bytes', v: bytesToBase64(value) }
  if (isPortableList(value)) return listToJson(value)
  return membersToJson(value)
}

const listToJson = (list: readonly Portable[]): unknown => {
  let copy: unknown[] | undefined
  list.forEach((member, index) => {
    const json = toJson(member)
    if (json === member) return
    copy ??= [...list]
    copy[index] = json
  })
  return copy ?? list
}

const membersToJson = (members: Readonly<Record<string, Portable>>): unknown => {
  let copy: Record<string, unknown> | undefined
  let isTagged = false
  for (const key of Object.keys(members)) {
    if (isTaggedKey(key)) isTagged = true
    const member = members[key] ?? null
    const json = toJson(member)
    if (json === member) continue
    copy ??= { ...members }
    copy[key] = json
  }
  return isTagged ? { $: 'entries', v: Object.entries(copy ?? members) } : (copy ?? members)
}

/**
 * V8 13 and 14 may read an escaped key as another one: https://github.com/nodejs/node/issues/63785.
 * So none is ever written.
 */
// oxlint-disable-next-line no-control-regex
const isTaggedKey = (key: string): boolean => key === '$' || /["\\\u0000-\u001f]/.test(key)

const malformed = (tag: string): never => {
  throw new SyncError('INVALID', `This is not an encoded ${tag}.`, { reason: `malformed ${tag}` })
}

/** Changes what `JSON.parse` made, in place: nobody else has it. */
const fromJson = (json: unknown, depth: number): unknown => {
  if (typeof json !== 'object' || json === null) return json
  if (depth > 64) return malformed('value: it is nested too deep')
  if (isList(json)) {
    for (let index = 0; index < json.length; index += 1) {
      const member = json[index]
      if (typeof member === 'object') json[index] = fromJson(member, depth + 1)
    }
    return json
  }
  if (!Object.hasOwn(json, '$')) {
    const members = json as Record<string, unknown>
    for (const key of Object.keys(members)) {
      if (isTaggedKey(key)) malformed('object: it has an escaped key')
      if (key === '__proto__') malformed('object: it uses the reserved key __proto__')
      const member = members[key]
      if (typeof member === 'object') members[key] = fromJson(member, depth + 1)
    }
    return members
  }
  if (Object.keys(json).length !== 2) return malformed('value: a tag stands beside its value only')
  const { $: tag, v } = json as { $?: unknown; v?: unknown }
  switch (tag) {
    case 'date':
      return typeof v === 'string' ? dateFromIso(v) : malformed('date')
    case 'bigint':
      return typeof v === 'string' && /^(0|-?[1-9]\d{0,999})$/.test(v) ? BigInt(v) : malformed('bigint')
    case 'bytes':
      return typeof v === 'string' ? base64ToBytes(v) : malformed('bytes')
    case 'entries':
      return Array.isArray(v) ? taggedFromJson(v.map(entryFromJson), depth) : malformed('object')
    default:
      return malformed('value: it has an unknown tag')
  }
}

const isList = (json: object): json is unknown[] => Array.isArray(json)

/** Only the form that `toISOString` writes: others depend on the machine's time zone. */
const dateFromIso = (text: string): Date => {
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString() === text ? date : malformed('date')
}

type Entry = readonly [key: string, member: unknown]

const entryFromJson = (entry: unknown): Entry => {
  if (!Array.isArray(entry) || entry.length !== 2) return malformed('object')
  const [key, member] = entry as readonly unknown[]
  return typeof key === 'string' ? [key, member] : malformed('object')
}

const taggedFromJson = (entries: readonly Entry[], depth: number): unknown =>
  entries.some(([key]) => isTaggedKey(key))
    ? membersFromJson(entries, depth)
    : malformed('object: it needs no tag')

const membersFromJson = (entries: readonly Entry[], depth: number): unknown => {
  const members = new Map<string, unknown>()
  for (const [key, member] of entries) {
    if (key === '__proto__') malformed('object: it uses the reserved key __proto__')
    if (members.has(key)) malformed('object: it has a key twice')
    members.set(key, fromJson(member, depth + 1))
  }
  return Object.fromEntries(members)
}
