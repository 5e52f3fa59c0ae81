import { systemEnvironment, type Environment } from '@holdfast/core'
import type {
  ClientBinding,
  ReadTransaction,
  ScopeState,
  ServerStore,
  WriteTransaction,
} from '../contract.ts'
import { retrying } from '../retrying.ts'
import { createTurns } from '../serial-queue.ts'
import type { PrismaClientLike, SqlRunner } from './client.ts'
import { dialectOf } from './dialect/dialect-of.ts'
import type { Provider, TransactionKind } from './dialect/dialect.ts'
import { attemptIn } from './attempt.ts'
import { appTableOf, createAppRows } from './models/app-rows.ts'
import { resolveMappings, type ModelMappings } from './models/mapping.ts'
import { createTouched } from './models/touched.ts'
import { createOutbox } from './outbox.ts'
import { createReads } from './reads.ts'
import { save } from './save.ts'
import { prune } from './prune.ts'
import { query, sql } from './sql.ts'
import { isTransient } from './transient.ts'

export interface PrismaStoreOptions {
  readonly environment?: Environment | undefined
  /** Milliseconds that one transaction may take, and that PostgreSQL lets it wait for a lock. Default 5,000. */
  readonly timeoutMs?: number | undefined
  /** How often a transaction is tried while other processes hold the database. Default 10. */
  readonly attempts?: number | undefined
  /** Default: what the client was generated for. */
  readonly provider?: Provider | undefined
  /**
   * Collections that live in models of the app: `{ invoices: { model: 'Invoice', scope: 'teamId' } }`. Default: none, records
   * are kept in `holdfast_records` alone.
   */
  readonly models?: ModelMappings | undefined
}

/** Milliseconds in which all rows of a table are marked, when the app's data is taken in for the first time. */
const wholeTableMs = 30_000

/**
 * The tables of `prisma/<provider>/schema.prisma`, on SQLite or PostgreSQL. The client may be generated from any
 * schema; only its raw SQL is used, but for `models`. On SQLite give the store a PrismaClient of its own: a driver with one connection
 * mixes what else runs on it meanwhile into the open transaction.
 * @throws SyncError MISCONFIGURED for a client of another database, or models that it does not have
 */
export const prismaStore = <TTransaction extends SqlRunner>(
  prisma: PrismaClientLike<TTransaction>,
  options: PrismaStoreOptions = {},
): ServerStore<TTransaction> => {
  const { environment = systemEnvironment, timeoutMs = 5_000, attempts = 10 } = options
  const dialect = dialectOf(prisma, options.provider)
  const turns = createTurns(environment)
  const mappings = resolveMappings(prisma, options.models ?? {})
  const hasModels = mappings.size > 0

  const open = (db: TTransaction, scope: string, state: ScopeState): WriteTransaction<TTransaction> => ({
    database: db,
    state,
    ...createWrites(db, scope, state),
    app: hasModels ? createAppRows(db, scope, { mappings, dialect }) : undefined,
  })

  const transaction = <TResult>(
    kind: TransactionKind,
    scope: string,
    run: (tx: TTransaction) => Promise<TResult>,
    mostMs = timeoutMs,
  ): Promise<TResult> => {
    const isolationLevel = dialect.isolation[kind]
    const limits = { maxWait: mostMs, timeout: mostMs }
    const settings = isolationLevel === undefined ? limits : { ...limits, isolationLevel }
    return retrying({ environment, attempts, isTransient }, () =>
      turns.run(dialect.turnOf(kind, scope), () => prisma.$transaction(run, settings)),
    )
  }

  return {
    write: (scope, run) =>
      transaction('write', scope, async (db) => {
        const state = await dialect.begin.write(db, scope, timeoutMs)
        const result = await run(open(db, scope, state))
        await dialect.beforeCommit(db)
        return result
      }),
    writeBoth: (scopes, run) => {
      const [low = '', high = ''] = [...scopes].sort()
      // The other scope's turn is waited for inside the transaction, in the order in which the locks are taken.
      return transaction('write', low, async (db) => {
        const begin = async (scope: string): Promise<WriteTransaction<TTransaction>> => {
          const state = await dialect.begin.write(db, scope, timeoutMs)
          return open(db, scope, state)
        }
        const first = await begin(low)
        const second = await begin(high)
        const result = scopes[0] === low ? await run(first, second) : await run(second, first)
        await dialect.beforeCommit(db)
        return result
      })
    },
    read: (scope, run) =>
      transaction('read', scope, async (db) => {
        const state = await dialect.begin.read(db, scope, timeoutMs)
        return await run({ database: db, state, ...createReads(db, scope) })
      }),
    async scopes(after, limit) {
      const names = await transaction('read', '', async (db) =>
        query<{ readonly scope: string }>(
          db,
          sql`SELECT scope FROM holdfast_scopes ${after === undefined ? sql`` : sql`WHERE scope > ${after}`}
              ORDER BY scope LIMIT ${limit}`,
        ),
      )
      return names.map(({ scope }) => scope)
    },
    outbox: createOutbox((run) =>
      transaction('write', '', async (db) => {
        await dialect.lockOutbox(db)
        return await run(db)
      }),
    ),
    appTables: hasModels
      ? new Map([...mappings].map(([collection, mapping]) => [collection, appTableOf(mapping)]))
      : undefined,
    touched: hasModels
      ? createTouched({
          transact: (kind, run) => transaction(kind, '', run, Math.max(timeoutMs, wholeTableMs)),
          dialect,
          mappings,
        })
      : undefined,
    isTransient,
  }
}

type OwnParts<TTransaction> = Omit<TTransaction, 'database' | 'state' | 'app'>

/** The scope's lock does not cover the client's row, so the save expects the binding that was seen. */
const createWrites = (db: SqlRunner, scope: string, state: ScopeState): OwnParts<WriteTransaction> => {
  const reads: OwnParts<ReadTransaction> = createReads(db, scope)
  const seen = new Map<string, ClientBinding | undefined>()
  const client = async (clientId: string): Promise<ClientBinding | undefined> => {
    const binding = await reads.client(clientId)
    if (!seen.has(clientId)) seen.set(clientId, binding)
    return binding
  }
  return {
    ...reads,
    client,
    attempt: (run) => attemptIn(db, run),
    prune: (request) => prune(db, scope, state, request),
    async save(changes) {
      if (changes.client === undefined) return save(db, scope, changes, undefined)
      const { clientId, userId, instance } = changes.client
      if (!seen.has(clientId)) await client(clientId)
      await save(db, scope, changes, seen.get(clientId))
      seen.set(clientId, { userId, instance })
    },
  }
}
