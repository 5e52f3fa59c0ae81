import type { Values } from './client.ts'
import { isOpen, reachesNothing, reachOf, type Reached, type TrackedId, type World } from './reach.ts'
import { isObject } from './values.ts'
import { hazardIn } from './hazards.ts'
import type { ModelShape, Relation } from './relations.ts'

export const writeOperations = [
  'create',
  'createMany',
  'createManyAndReturn',
  'update',
  'updateMany',
  'updateManyAndReturn',
  'upsert',
  'delete',
  'deleteMany',
] as const
export type WriteOperation = (typeof writeOperations)[number]

/** A write of rows that records live in, its own or those that it reaches. */
export interface Write {
  readonly operation: WriteOperation
  readonly args: Values
  readonly shape: ModelShape
  /** Of the model itself: none where only related rows are mapped. */
  readonly tracked: readonly TrackedId[]
  readonly reached: Reached
  /** What makes it impossible to tell which rows it writes. */
  readonly hazard: Relation | undefined
}

/** Undefined for what writes no row of a mapped model. */
export const planOf = (
  world: World,
  call: {
    readonly model?: string | undefined
    readonly operation?: string | undefined
    readonly args?: unknown
  },
): Write | undefined => {
  const shape = world.shapes.get(call.model ?? '')
  const operation = writeOperations.find((name) => name === call.operation)
  if (shape === undefined || operation === undefined) return undefined
  const args = isObject(call.args) ? call.args : {}
  const tracked = world.tracked.get(shape.name) ?? []
  const data = nestedData[operation]?.map((name) => args[name]) ?? []
  const reached = data.length === 0 ? reachesNothing : reachOf(world, shape, data)
  const isOurs = tracked.length > 0 || reached.reaches.length > 0 || reached.losers.length > 0
  if (!isOurs) return undefined
  const hazard = isOpen(reached.reaches) ? hazardIn(world, shape, data) : undefined
  return { operation, args, shape, tracked, reached, hazard }
}

/** Where an operation has relations; those on many rows have none. */
const nestedData: Readonly<Partial<Record<WriteOperation, readonly string[]>>> = {
  create: ['data'],
  update: ['data'],
  upsert: ['create', 'update'],
}

/** One statement, of which nothing stays where it fails. */
export const isOneStatement = ({ operation, args, shape }: Write): boolean =>
  ['create', 'update', 'upsert', 'delete'].includes(operation) &&
  [args['data'], args['create'], args['update']].every(
    (data) => !isObject(data) || Object.keys(data).every((name) => !shape.relations.has(name)),
  )
