import type { Values } from './client.ts'
import { isObject, reachesNothing, reachOf, type Reached, type TrackedId, type Tracked } from './reach.ts'
import type { ModelShape, Shapes } from './relations.ts'

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

/** What a client's models are, and which of them are mapped. */
export interface World {
  readonly shapes: Shapes
  readonly tracked: Tracked
}

/** A write of rows that records live in, its own or those that it reaches. */
export interface Write {
  readonly operation: WriteOperation
  readonly args: Values
  readonly shape: ModelShape
  /** Of the model itself: none where only related rows are mapped. */
  readonly tracked: readonly TrackedId[]
  readonly reached: Reached
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
  return isOurs ? { operation, args, shape, tracked, reached } : undefined
}

/** Where an operation has relations; those on many rows have none. */
const nestedData: Readonly<Partial<Record<WriteOperation, readonly string[]>>> = {
  create: ['data'],
  update: ['data'],
  upsert: ['create', 'update'],
}
