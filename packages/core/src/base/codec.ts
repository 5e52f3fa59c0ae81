import { base64ToBytes, bytesToBase64 } from './base64.ts'
import { SyncError, reasonOf } from './errors.ts'
import { assertPortable, type Portable } from './portable.ts'

/**
 * Portable values as strings, so that no transformer between the devices and the database can change
 * them. Plain JSON, except: `{"$":"date","v":ISO}`, `{"$":"bigint","v":digits}`, `{"$":"bytes","v":base64}`,
 * and an object that itself has the key `$` becomes `{"$":"object","v":{...}}`.
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

const toJson = (value: Portable): unknown => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Object.is(value, -0) ? 0 : value
  if (typeof value === 'bigint') return { $: 'bigint', v: value.toString() }
  if (value instanceof Date) return { $: 'date', v: value.toISOString() }
  if (value instanceof Uint8Array) return { $: 'bytes', v: bytesToBase64(value) }
  if (Array.isArray(value)) return value.map(toJson)
  const entries = Object.entries(value).map(([key, member]: [string, Portable]) => [key, toJson(member)])
  const object: unknown = Object.fromEntries(entries)
  return Object.hasOwn(value, '$') ? { $: 'object', v: object } : object
}

const malformed = (tag: string): never => {
  throw new SyncError('INVALID', `This is not an encoded ${tag}.`, { reason: `malformed ${tag}` })
}

const fromJson = (json: unknown, depth: number): unknown => {
  if (typeof json !== 'object' || json === null) return json
  if (depth > 64) return malformed('value: it is nested too deep')
  if (Array.isArray(json)) return json.map((member: unknown) => fromJson(member, depth + 1))
  if (!Object.hasOwn(json, '$')) return membersFromJson(json, depth)
  if (Object.keys(json).length !== 2) return malformed('value: a tag stands beside its value only')
  const { $: tag, v } = json as { $?: unknown; v?: unknown }
  switch (tag) {
    case 'date':
      return typeof v === 'string' ? dateFromIso(v) : malformed('date')
    case 'bigint':
      return typeof v === 'string' && /^(0|-?[1-9]\d{0,999})$/.test(v) ? BigInt(v) : malformed('bigint')
    case 'bytes':
      return typeof v === 'string' ? base64ToBytes(v) : malformed('bytes')
    case 'object':
      return typeof v === 'object' && v !== null && !Array.isArray(v) && Object.hasOwn(v, '$')
        ? membersFromJson(v, depth)
        : malformed('object')
    default:
      return malformed('value: it has an unknown tag')
  }
}

/** Only the form that `toISOString` writes: others depend on the machine's time zone. */
const dateFromIso = (text: string): Date => {
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString() === text ? date : malformed('date')
}

const membersFromJson = (object: object, depth: number): unknown => {
  const members: [string, unknown][] = []
  for (const [key, member] of Object.entries(object)) {
    if (key === '__proto__') malformed('object: it uses the reserved key __proto__')
    members.push([key, fromJson(member, depth + 1)])
  }
  return Object.fromEntries(members)
}
