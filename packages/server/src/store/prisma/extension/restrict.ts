import type { Values } from './client.ts'
import type { Reach } from './reach.ts'
import { isObject, listOf, textIn } from './values.ts'

type Related = ReadonlyMap<Reach, readonly Values[]>

/**
 * The data of a write that lets go of related rows, held to those that were seen before it: of one that somebody relates
 * in between nothing would tell that it was let go.
 */
export const restrict = (data: Values, reaches: readonly Reach[], seen: Related): Values => {
  const held = { ...data }
  for (const reach of reaches) {
    const given = data[reach.relation.name]
    if (isObject(given)) held[reach.relation.name] = restrictAll(given, reach, seen)
  }
  return held
}

const restrictAll = (given: Values, reach: Reach, seen: Related): Values => {
  const entries = Object.entries(given).map(([operation, parts]): readonly [string, unknown] => {
    const one = (part: unknown): unknown => restrictOne(operation, part, reach, seen)
    return [operation, Array.isArray(parts) ? parts.map(one) : parts === undefined ? parts : one(parts)]
  })
  return replaceSet(Object.fromEntries(entries), reach, seen)
}

const restrictOne = (operation: string, part: unknown, reach: Reach, seen: Related): unknown => {
  const { relation, tracked, further } = reach
  const [first] = tracked
  const within = (inner: unknown): unknown => (isObject(inner) ? restrict(inner, further, seen) : inner)
  switch (operation) {
    case 'deleteMany':
    case 'delete':
    case 'disconnect': {
      if (first === undefined || part === false) return part
      const ids = idsOf(reach, seen)
      if (isObject(part) && textIn(part[first.field]) !== undefined) return part
      const only = { [first.field]: { in: ids } }
      const isUnique = operation !== 'deleteMany' && relation.kind !== 'owns' && relation.kind !== 'one'
      if (isObject(part))
        return isUnique ? { ...part, AND: [...listOf(part['AND']), only] } : { AND: [part, only] }
      return ids.length === 0 ? part : only
    }
    case 'update': {
      const inner = within(part)
      return isObject(inner) && isObject(inner['data']) ? { ...inner, data: within(inner['data']) } : inner
    }
    case 'upsert':
      return isObject(part) ? { ...part, update: within(part['update']) } : part
    default:
      return part
  }
}

/** Those that were related before, and those that the write names: it may bring them in first. */
const idsOf = (reach: Reach, seen: Related): readonly string[] => {
  const [first] = reach.tracked
  const rows = [...(seen.get(reach) ?? []), ...reach.named]
  return [...new Set(rows.flatMap((row) => textIn(row[first?.field ?? '']) ?? []))]
}

/**
 * What to set names who stays; who goes is named here, so that nobody else does. It stays in its place: what is done by a relation
 * is done in order.
 */
const replaceSet = (given: Values, reach: Reach, seen: Related): Values => {
  const [first] = reach.tracked
  const { set } = given
  if (first === undefined || set === undefined || reach.relation.kind !== 'list') return given
  const operations = Object.keys(given)
  const isAfter = (operation: string): boolean => operations.indexOf(operation) > operations.indexOf('set')
  // Both are needed in this place.
  if ('disconnect' in given || ('connect' in given && !isAfter('connect'))) return given
  const wanted = listOf(set).filter(isObject)
  const stay = new Set(wanted.map((where) => textIn(where[first.field])))
  // By another key: Prisma has to find out who it is.
  if (stay.has(undefined)) return given
  const go = idsOf(reach, seen).filter((id) => !stay.has(id))
  return Object.fromEntries(
    Object.entries(given).flatMap(([operation, parts]): readonly (readonly [string, unknown])[] => {
      if (operation === 'connect') return []
      if (operation !== 'set') return [[operation, parts]]
      return [
        ['disconnect', go.map((id) => ({ [first.field]: id }))],
        ['connect', [...wanted, ...listOf(given['connect'])]],
      ]
    }),
  )
}
