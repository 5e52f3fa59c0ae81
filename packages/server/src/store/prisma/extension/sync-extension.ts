import { isDeepStrictEqual } from 'node:util'
import { SyncError } from '@holdfast/core'
import { dialectOf } from '../dialect/dialect-of.ts'
import type { Dialect, Provider } from '../dialect/dialect.ts'
import { resolveMappings, type ModelMappings } from '../models/mapping.ts'
import { inTransaction } from './batch.ts'
import {
  rootOf,
  sessionIn,
  unknownPrisma,
  type CallInternals,
  type ExtensibleClient,
  type Interactive,
  type QueryCall,
} from './client.ts'
import { leaveMarks } from './leave-marks.ts'
import { inOwnTransaction } from './own-transaction.ts'
import { perform } from './perform.ts'
import { planOf, writeOperations, type Write } from './plan.ts'
import type { TrackedId, World } from './reach.ts'
import { isObject } from './values.ts'
import { shapesOf, type Relation } from './relations.ts'

export interface SyncExtensionOptions {
  /** As `prismaStore` has them. */
  readonly models: ModelMappings
  /** Milliseconds that the transaction may take which a write outside of one gets. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Default: what the client was generated for. */
  readonly provider?: Provider | undefined
}

/** For `$extends`. The extended client's types are those of the client. */
export type SyncExtension = (client: object) => {
  readonly $extends: { readonly extArgs: NoArguments }
}

interface NoArguments {
  result: {}
  model: {}
  query: {}
  client: {}
}

/**
 * A Prisma Client extension: each write of a mapped model by the extended client leaves marks (`holdfast_touched`) in its own
 * transaction, so that `capture` takes it in. Apply it last. Raw SQL and what the database does by itself (cascades) it
 * can't see: `installTriggers` does.
 *
 * `const db = new PrismaClient({ adapter }).$extends(syncExtension({ models }))`
 */
export const syncExtension =
  (options: SyncExtensionOptions): SyncExtension =>
  (client) =>
    extend(client as ExtensibleClient, options) as ReturnType<SyncExtension>

/** @throws SyncError MISCONFIGURED for models that the client lacks */
const extend = (
  client: ExtensibleClient,
  { models, timeoutMs = 30_000, provider }: SyncExtensionOptions,
): unknown => {
  const dialect = dialectOf(client, provider)
  const world = worldOf(client, models)
  const root = rootOf(client)

  const run = (call: QueryCall): unknown => {
    const write = planOf(world, call)
    if (write === undefined) return call.query(call.args)
    if (write.hazard !== undefined) throw unfollowable(write, write.hazard)
    const internals = call.__internalParams
    if (internals === undefined) throw unknownPrisma()
    const { transaction } = internals
    switch (transaction?.kind) {
      case 'itx':
        return recorded({ root, dialect, call, internals, write }, transaction)
      case 'batch':
        throw inForeignBatch()
      case undefined:
        return inOwnTransaction({ root, dialect, timeoutMs }, write, (own) =>
          recorded({ root, dialect, call, internals, write }, own),
        )
    }
  }

  return client.$extends({
    name: 'holdfast',
    query: { $allModels: Object.fromEntries(writeOperations.map((operation) => [operation, run])) },
    client: { $transaction: inTransaction(client, world) },
  })
}

const worldOf = (client: ExtensibleClient, models: ModelMappings): World => {
  const tracked = new Map<string, readonly TrackedId[]>()
  for (const { collection, model, id } of resolveMappings(client, models).values()) {
    tracked.set(model.name, [...(tracked.get(model.name) ?? []), { collection, field: id.name }])
  }
  return { shapes: shapesOf(client), tracked }
}

interface Recorded {
  readonly root: ExtensibleClient
  readonly dialect: Dialect
  readonly call: QueryCall
  readonly internals: CallInternals
  readonly write: Write
}

const recorded = async (
  { root, dialect, call, internals, write }: Recorded,
  transaction: Interactive,
): Promise<unknown> => {
  const session = sessionIn(root, transaction)
  const { result, marks } = await perform(session, write, {
    dialect,
    async run(args, action = internals.action) {
      // The whole row: what of it the caller gets is cut out below.
      const own: CallInternals = { ...internals, action, dataPath: [] }
      const result = await session.run(call.query(args, own))
      assertLast(own, args, transaction)
      return result
    },
  })
  await leaveMarks(session, dialect, marks)
  return at(result, internals.dataPath)
}

/** Of `update().lines()` the lines: the path has `select` or `include` before each name. */
const at = (result: unknown, path: readonly string[]): unknown =>
  path
    .filter((_, index) => index % 2 === 1)
    .reduce((value, name) => (isObject(value) ? value[name] : value), result)

/** What a later extension made of the call: neither another write nor another transaction. */
const assertLast = (own: CallInternals, args: unknown, transaction: Interactive): void => {
  const isSame = own.transaction?.kind === 'itx' && own.transaction.id === transaction.id
  if (isSame && isDeepStrictEqual(own.args, args)) return
  throw new SyncError(
    'MISCONFIGURED',
    'An extension that was applied after syncExtension changes writes of mapped models: apply syncExtension last.',
    { option: 'models' },
  )
}

const inForeignBatch = (): SyncError =>
  new SyncError(
    'MISCONFIGURED',
    'A write of a mapped model is in a batch that another client or extension makes: begin it with $transaction of the client that syncExtension extended, or use installTriggers.',
    { option: 'models' },
  )

const unfollowable = ({ shape, operation }: Write, { name, model }: Relation): SyncError =>
  new SyncError(
    'MISCONFIGURED',
    `${shape.name}.${operation} brings in rows of ${model} without ids and may part them again (${name}): give new rows their ids, name others by theirs, or use several calls.`,
    { option: 'models' },
  )
