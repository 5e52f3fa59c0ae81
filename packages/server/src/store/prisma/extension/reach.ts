import type { Values } from './client.ts'
import type { ModelShape, Relation, Shapes } from './relations.ts'
import { stepsIn } from './steps.ts'
import { textIn } from './values.ts'

/** The collections that live in a model, with the field that is their records' id. */
export type Tracked = ReadonlyMap<string, readonly TrackedId[]>

export interface TrackedId {
  readonly collection: string
  readonly field: string
}

/** What a client's models are, and which of them are mapped. */
export interface World {
  readonly shapes: Shapes
  readonly tracked: Tracked
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
export const reachOf = (world: World, shape: ModelShape, data: readonly unknown[]): Reached => {
  const losers: Loser[] = []
  const reaches = [...shape.relations.values()].flatMap((relation): readonly Reach[] => {
    const steps = data.flatMap((part) => stepsIn(relation, part))
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

/** True where a row's id is there as a text in all of its collections. */
export const isNamed = (tracked: readonly TrackedId[], row: Values): boolean =>
  tracked.every(({ field }) => textIn(row[field]) !== undefined)
