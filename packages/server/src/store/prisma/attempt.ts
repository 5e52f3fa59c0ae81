import type { Attempt } from '../contract.ts'
import type { SqlRunner } from './client.ts'
import { execute, sql } from './sql.ts'

/** A savepoint: also what makes PostgreSQL go on after a statement that failed. */
export const attemptIn = async <TValue>(
  db: SqlRunner,
  run: () => Promise<Attempt<TValue>>,
): Promise<TValue> => {
  const undo = async (): Promise<void> => {
    await execute(db, sql`ROLLBACK TO SAVEPOINT holdfast_attempt`)
    await execute(db, sql`RELEASE SAVEPOINT holdfast_attempt`)
  }
  await execute(db, sql`SAVEPOINT holdfast_attempt`)
  const { keep, value } = await run().catch(async (error: unknown) => {
    // Where even this fails the transaction is over anyhow; what is told is why.
    await undo().catch(() => undefined)
    throw error
  })
  if (keep) await execute(db, sql`RELEASE SAVEPOINT holdfast_attempt`)
  else await undo()
  return value
}
