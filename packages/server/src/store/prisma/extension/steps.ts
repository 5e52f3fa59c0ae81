import type { Values } from './client.ts'
import type { Relation } from './relations.ts'
import { isObject, listOf } from './values.ts'

/** What one nested operation does. */
export interface Step {
  readonly operation: string
  readonly part: unknown
  readonly writes: boolean
  /** What says which rows; undefined: it can't be told from it alone. */
  readonly names: readonly Values[] | undefined
  /** What may give rows another id. */
  readonly renames: readonly Values[]
  readonly connects: readonly Values[]
  /** Of the other model. */
  readonly data: readonly unknown[]
}

/** What a row's data does by one of its relations, in order. */
export const stepsIn = (relation: Relation, data: unknown): readonly Step[] => {
  const given = isObject(data) ? data[relation.name] : undefined
  if (!isObject(given)) return []
  return Object.entries(given).flatMap(([operation, parts]) =>
    // Who is set to none lets go of all.
    operation === 'set'
      ? [stepOf(relation, operation, parts)]
      : listOf(parts).map((part) => stepOf(relation, operation, part)),
  )
}

const stepOf = (relation: Relation, operation: string, part: unknown): Step => {
  const { kind } = relation
  const holdsHere = kind === 'list' || kind === 'one'
  const object = isObject(part) ? part : {}
  const { where, create, update, data } = object
  const none = { operation, part, names: undefined, renames: [], connects: [], data: [] }
  // To one: which row it is depends on what is related, and who is there already is put aside.
  const names = (...rows: readonly unknown[]): readonly Values[] | undefined =>
    kind === 'one' || !rows.every(isObject) ? undefined : rows
  const namesMany = (...rows: readonly unknown[]): readonly Values[] | undefined =>
    kind === 'owns' ? undefined : names(...rows)
  switch (operation) {
    case 'create':
      return { ...none, writes: true, names: names(part), data: [part] }
    case 'createMany':
      return { ...none, writes: true, names: names(...listOf(data)) }
    case 'connect':
      return { ...none, writes: holdsHere, names: names(part), connects: [object] }
    case 'connectOrCreate':
      return {
        ...none,
        writes: true,
        names: names(where, create),
        connects: [where].filter(isObject),
        data: [create],
      }
    case 'disconnect':
      return { ...none, writes: holdsHere, names: namesMany(part) }
    case 'set':
      return { ...none, writes: holdsHere }
    case 'delete':
      return { ...none, writes: true, names: namesMany(part) }
    case 'update':
      // To one it may be the data itself.
      return {
        ...none,
        writes: true,
        names: namesMany(where),
        renames: [part, data].filter(isObject),
        data: [part, data],
      }
    case 'upsert':
      return {
        ...none,
        writes: true,
        names: namesMany(where, create),
        renames: [update].filter(isObject),
        data: [create, update],
      }
    default:
      // updateMany, deleteMany, and what a later Prisma may bring.
      return { ...none, writes: true, data: [part] }
  }
}
