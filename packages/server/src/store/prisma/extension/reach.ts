import type { ModelShape, Relation, Shapes } from './relations.ts'
import type { Values } from './client.ts'

/** The collections that live in a model, with the field that is their records' id. */
export type Tracked = ReadonlyMap<string, readonly TrackedId[]>

export interface TrackedId {
  readonly collection: string
  readonly field: string
}

/** Rows of a model that a write reaches through relations. */
export interface Reach {
  readonly relation: Relation
  readonly shape: ModelShape
  readonly tracked: readonly TrackedId[]
  /** What names a row: its id, as the write says it. */
  readonly named: readonly Values[]
  /** Whether others may be written too: those that are related before and after tell. */
  readonly isOpen: boolean
  readonly further: readonly Reach[]
}

/** Rows that lose what they hold, as the write connects it to another one. */
export interface Loser {
  readonly shape: ModelShape
  readonly tracked: readonly TrackedId[]
  readonly relation: string
  readonly where: Values
}

export interface Reached {
  readonly reaches: readonly Reach[]
  readonly losers: readonly Loser[]
}

export const reachesNothing: Reached = { reaches: [], losers: [] }

/** What the `data` of writes of one model does to rows of others, as far as it concerns tracked models. */
export const reachOf = (
  world: { readonly shapes: Shapes; readonly tracked: Tracked },
  shape: ModelShape,
  data: readonly unknown[],
): Reached => {
  const losers: Loser[] = []
  const reaches = [...shape.relations.values()].flatMap((relation): readonly Reach[] => {
    const steps = data.flatMap((part) => stepsIn(relation, isObject(part) ? part[relation.name] : undefined))
    const target = world.shapes.get(relation.model)
    if (steps.length === 0 || target === undefined) return []
    const tracked = world.tracked.get(relation.model) ?? []
    const own = world.tracked.get(shape.name) ?? []
    const further = reachOf(
      world,
      target,
      steps.flatMap(({ data: inner }) => inner),
    )
    losers.push(...further.losers)
    if (relation.kind === 'owns' && relation.isExclusive && own.length > 0) {
      const connected = steps.flatMap(({ connects }) => connects)
      losers.push(...connected.map((where) => ({ shape, tracked: own, relation: relation.name, where })))
    }
    const written = tracked.length === 0 ? [] : steps.filter(({ writes }) => writes)
    const isOpen = written.some(
      ({ names }) => names === undefined || !names.every((row) => isNamed(tracked, row)),
    )
    if (written.length === 0 && further.reaches.length === 0) return []
    const named = written.flatMap(({ names, renames }) => [...(names ?? []), ...renames])
    return [{ relation, shape: target, tracked, named, isOpen, further: further.reaches }]
  })
  return { reaches, losers }
}

/** True where something has to be read to know which rows are written. */
export const isOpen = (reaches: readonly Reach[]): boolean =>
  reaches.some((reach) => reach.isOpen || isOpen(reach.further))

export const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null

export const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

/** A text, or what sets one. */
export const textIn = (value: unknown): string | undefined => {
  const given = isObject(value) ? value['set'] : value
  return typeof given === 'string' ? given : undefined
}

/** True where a row's id is there as a text in all of its collections. */
export const isNamed = (tracked: readonly TrackedId[], row: Values): boolean =>
  tracked.every(({ field }) => textIn(row[field]) !== undefined)

/** What one nested operation does. */
interface Step {
  readonly writes: boolean
  /** What says which rows; undefined: it can't be told from it alone. */
  readonly names: readonly Values[] | undefined
  /** What may give rows another id. */
  readonly renames: readonly Values[]
  readonly connects: readonly Values[]
  /** Of the other model. */
  readonly data: readonly unknown[]
}

const stepsIn = (relation: Relation, given: unknown): readonly Step[] => {
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
  const none = { names: undefined, renames: [], connects: [], data: [] }
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
        renames: [data].filter(isObject),
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
