import type { ClaimedEvent, EventKey, OutboxStore } from '../contract.ts'
import type { SqlRunner } from './client.ts'
import type { DbInteger } from './rows.ts'
import { execute, query, rowsOf, sql, type Sql } from './sql.ts'

interface DbEvent {
  readonly scope: string
  readonly head: DbInteger
  readonly event: string
  readonly attempts: DbInteger
  readonly stored_at: DbInteger
}

type Alone = <TResult>(run: (db: SqlRunner) => Promise<TResult>) => Promise<TResult>

/** `OutboxStore` over `holdfast_outbox`. @param alone runs a transaction in which nobody else claims */
export const createOutbox = (alone: Alone): OutboxStore => ({
  async claim({ by, now, until, limit }) {
    const rows = await alone((db) =>
      query<DbEvent>(
        db,
        sql`UPDATE holdfast_outbox
            SET claimed_by = ${by}, claimed_until = ${until}, attempts = holdfast_outbox.attempts + 1
            WHERE (scope, head) IN (
              SELECT free.scope, free.head FROM holdfast_outbox AS free
              WHERE free.claimed_until <= ${now} AND NOT EXISTS (
                SELECT 1 FROM holdfast_outbox AS earlier
                WHERE earlier.scope = free.scope AND earlier.head < free.head AND earlier.claimed_until > ${now})
              ORDER BY free.stored_at, free.scope, free.head LIMIT ${limit})
            RETURNING scope, head, event, attempts, stored_at`,
      ),
    )
    return rows.toSorted(byAge).map(({ scope, head, event, attempts }): ClaimedEvent => ({
      scope,
      head: Number(head),
      event,
      attempts: Number(attempts) - 1,
    }))
  },
  async remove(by, keys) {
    if (keys.length === 0) return
    await alone((db) => execute(db, sql`DELETE FROM holdfast_outbox WHERE ${claimed(by, keys)}`))
  },
  async release(by, keys, from) {
    if (keys.length === 0) return
    await alone((db) =>
      execute(
        db,
        sql`UPDATE holdfast_outbox SET claimed_until = ${from}, claimed_by = '' WHERE ${claimed(by, keys)}`,
      ),
    )
  },
})

/** By scope: a list of rows of parameters has no types that both databases see. */
const claimed = (by: string, keys: readonly EventKey[]): Sql => {
  const headsOf = new Map<string, number[]>()
  for (const { scope, head } of keys) headsOf.set(scope, [...(headsOf.get(scope) ?? []), head])
  let any = sql`claimed_by = ${by} AND (1 = 0`
  for (const [scope, all] of headsOf) {
    any = sql`${any} OR (scope = ${scope} AND head IN ${rowsOf([all])})`
  }
  return sql`${any})`
}

/** Heads of one scope go up with time; a clock that was set back must not turn them round. */
const byAge = (left: DbEvent, right: DbEvent): number =>
  left.scope === right.scope
    ? Number(left.head) - Number(right.head)
    : Number(left.stored_at) - Number(right.stored_at)
