import type { SqlRunner } from '../../store/prisma/client.ts'
import type { DbInteger } from '../../store/prisma/rows.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import { showDuration } from '../duration.ts'
import { counted } from '../text.ts'
import { ok, warning, type Check } from './check.ts'

export interface Waiting {
  readonly events: number
  /** Milliseconds. */
  readonly oldestAge: number
  /** How often the oldest one was tried. */
  readonly attempts: number
}

/** The worker's longest wait between two attempts is ten minutes. */
const tooLong = 15 * 60_000

export const judgeOutbox = ({ events, oldestAge, attempts }: Waiting): Check => {
  const name = 'outbox'
  if (events === 0) return ok(name, 'nothing waits')
  const says = `${counted(events, 'event')}, the oldest for ${showDuration(oldestAge)}`
  if (oldestAge < tooLong) return ok(name, says)
  return attempts === 0
    ? warning(
        name,
        `${says}, and nobody took it: it only grows`,
        'run createOutboxWorker in a server process, or leave out `outbox: true`',
      )
    : warning(
        name,
        `${says}, tried ${counted(attempts, 'time')}: its scope waits behind it`,
        'see in the log of the outbox worker why deliver fails',
      )
}

export const readWaiting = async (db: SqlRunner, now: number): Promise<Waiting> => {
  const [row] = await query<{ readonly count: DbInteger }>(
    db,
    sql`SELECT COUNT(*) AS count FROM holdfast_outbox`,
  )
  const [oldest] = await query<{ readonly stored_at: DbInteger; readonly attempts: DbInteger }>(
    db,
    sql`SELECT stored_at, attempts FROM holdfast_outbox ORDER BY stored_at, scope, head LIMIT 1`,
  )
  return {
    events: Number(row?.count ?? 0),
    oldestAge: oldest === undefined ? 0 : Math.max(0, now - Number(oldest.stored_at)),
    attempts: Number(oldest?.attempts ?? 0),
  }
}
