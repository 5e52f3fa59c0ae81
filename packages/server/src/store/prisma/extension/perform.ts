import type { Dialect } from '../dialect/dialect.ts'
import { execute, sql } from '../sql.ts'
import type { Session } from './client.ts'
import { performMany } from './perform-many.ts'
import { performOne } from './perform-one.ts'
import type { Performed, Performing } from './performing.ts'
import type { Write } from './plan.ts'

export const perform = async (
  session: Session,
  write: Write,
  { dialect, run }: { readonly dialect: Dialect; readonly run: Performing['run'] },
): Promise<Performed> => {
  let isLocked = dialect.name !== 'sqlite'
  // With one writer, who reads before it writes fails if somebody else wrote in between: this waits for its turn first.
  const lock = async (): Promise<void> => {
    if (isLocked) return
    isLocked = true
    await execute(session, sql`DELETE FROM holdfast_touched WHERE collection = '' AND record_id = ''`)
  }
  const performing: Performing = {
    write,
    run,
    async rows(delegate, query) {
      await lock()
      return await session.run(session.member(delegate).findMany(query))
    },
    async row(delegate, query) {
      await lock()
      return (await session.run(session.member(delegate).findUnique(query))) ?? undefined
    },
  }
  switch (write.operation) {
    case 'create':
    case 'update':
    case 'upsert':
    case 'delete':
      return await performOne(performing)
    case 'createMany':
    case 'createManyAndReturn':
    case 'updateMany':
    case 'updateManyAndReturn':
    case 'deleteMany':
      return await performMany(performing)
  }
}
