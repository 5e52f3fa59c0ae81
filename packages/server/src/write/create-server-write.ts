import { serverAuthor, type AnyCollection, type Candidate, type Place } from '@holdfast/core/protocol'
import { createFurtherRecords, type FurtherChange } from '../apply/further-records.ts'
import { firstVersionIn } from '../apply/place.ts'
import { callerOf } from '../procedures/access.ts'
import type { Deps } from '../procedures/deps.ts'
import { assertScopeName } from '../procedures/envelope.ts'
import { newNonce } from '../procedures/push/move.ts'
import type { ServerRecords } from '../server-operations.ts'
import { HeldError } from '../store/held-error.ts'
import { retrying } from '../store/retrying.ts'
import { loadOne } from '../store/load-one.ts'
import type { WriteTransaction } from '../store/contract.ts'
import type { ServerWrite, ServerWriteTransaction } from './server-write.ts'

type Collections = Readonly<Record<string, AnyCollection>>

/** Writes of server code, through the same rows and the same feed as a push. */
export const createServerWrite =
  <TContext, TDatabase, TCollections extends Collections>(
    deps: Deps<TContext, TDatabase>,
  ): ServerWrite<TContext, TDatabase, TCollections> =>
  async (ctx, scope, run) => {
    const { options, hooks } = deps
    const userId = callerOf(deps, ctx)
    assertScopeName(scope)
    const { environment } = options
    const write = () =>
      options.store.write(scope, async (tx) => {
        const now = environment.clock.now()
        const work = openWork(deps, tx, { userId, now })
        const records = work.records as unknown as ServerRecords<TCollections>
        const open: ServerWriteTransaction<TDatabase, TCollections> = { database: tx.database, records, now }
        const value = await run(open)
        const changes = work.finish()
        return { value, changes, head: await save(deps, tx, { changes, now }) }
      })
    const { value, head, changes } = await retrying(
      { environment, attempts, isTransient: isHeldError },
      write,
    )
    if (changes.length > 0) {
      await hooks.tell('afterCommit', { scope, userId, clientId: serverAuthor, head, results: [] })
    }
    return value
  }

/** Some seconds: who holds a row that long has to end first. */
const attempts = 12

const isHeldError = (error: unknown): boolean => error instanceof HeldError

const openWork = <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  tx: WriteTransaction<TDatabase>,
  { userId, now }: { readonly userId: string; readonly now: number },
) => {
  const { schema, environment } = options
  const place: Place = {
    seq: tx.state.head + 1,
    now,
    schemaVersion: schema.version,
    firstVersion: firstVersionIn(tx.state),
  }
  const candidate: Candidate = {
    id: environment.newId(),
    type: 'update',
    payload: '',
    collection: '',
    recordId: '',
    clientId: serverAuthor,
    userId,
    baseVersion: 0,
    timestamp: now,
    opVersion: schema.version,
  }
  return createFurtherRecords({
    schema,
    candidate,
    place,
    find: (address) => loadOne(tx, address),
  })
}

/** @returns where the feed stands then */
const save = async <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  tx: WriteTransaction<TDatabase>,
  { changes, now }: { readonly changes: readonly FurtherChange[]; readonly now: number },
): Promise<number> => {
  if (changes.length === 0) return tx.state.head
  const head = tx.state.head + changes.length
  await tx.save({
    rows: changes.map(({ row }) => row),
    operations: [],
    resends: [],
    head: { head, nonce: newNonce(options.environment) },
    at: now,
  })
  return head
}
