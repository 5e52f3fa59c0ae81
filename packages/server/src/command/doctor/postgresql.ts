import type { Environment } from '@holdfast/core'
import type { SqlRunner } from '../../store/prisma/client.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import type { ListeningClient } from '../database/open.ts'
import { sentenceOf } from '../database/failure.ts'
import { error, ok, warning, type Check } from './check.ts'

export const checkWritable = async (db: SqlRunner): Promise<Check> => {
  const [row] = await query<{ readonly standby: boolean; readonly read_only: string }>(
    db,
    sql`SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') AS read_only`,
  )
  if (row?.standby === true) {
    return error(
      'writable',
      'this server is a standby',
      'give the URL of the primary: every request may write',
    )
  }
  return row?.read_only === 'on'
    ? error(
        'writable',
        'transactions are read-only here by default',
        'set default_transaction_read_only to off for this user and database',
      )
    : ok('writable', 'transactions may write')
}

export const checkIsolation = async (db: SqlRunner): Promise<Check> => {
  const [row] = await query<{ readonly level: string }>(
    db,
    sql`SELECT current_setting('default_transaction_isolation') AS level`,
  )
  const level = row?.level ?? 'unknown'
  return level === 'read committed'
    ? ok('isolation', 'read committed by default; Holdfast sets its own')
    : warning(
        'isolation',
        `${level} by default`,
        'Holdfast sets its own, so nothing is wrong with it; transactions of your own have to bear 40001 and be repeated',
      )
}

const fullFrom = 0.8

/** What kind another user's connection is, ordinary users are not told. */
export const checkConnections = async (db: SqlRunner): Promise<Check> => {
  const [row] = await query<{ readonly most: number; readonly kept: number; readonly used: number | string }>(
    db,
    sql`SELECT current_setting('max_connections')::int AS most,
          current_setting('superuser_reserved_connections')::int
            + COALESCE(current_setting('reserved_connections', true)::int, 0) AS kept,
          (SELECT COUNT(*) FROM pg_stat_activity
           WHERE datid IS NOT NULL AND COALESCE(backend_type, 'client backend') = 'client backend') AS used`,
  )
  const free = Number(row?.most) - Number(row?.kept)
  const used = Number(row?.used)
  const says = `${used} of ${free} are in use`
  return used < free * fullFrom
    ? ok('connections', says)
    : warning(
        'connections',
        says,
        'raise max_connections, or make the pools smaller: processes times pool size has to stay below it, one listener each besides',
      )
}

const patience = 3000

/** Tells itself something, over one connection that listens and another one that notifies. */
export const checkListen = async (
  db: SqlRunner,
  listen: () => Promise<ListeningClient>,
  { newId, timers }: Environment,
): Promise<Check> => {
  const channel = `holdfast_doctor_${newId().replaceAll(/\W/g, '')}`
  const client = await listen()
  let cancel = (): void => undefined
  try {
    const heard = new Promise<boolean>((resolve) => {
      cancel = timers.after(patience, () => resolve(false))
      client.on('notification', ({ payload }) => resolve(payload === channel))
      client.on('error', () => resolve(false))
    })
    await client.query(`LISTEN ${channel}`)
    await query(db, sql`SELECT pg_notify(${channel}, ${channel})::text AS told`)
    if (await heard) return ok('listen', 'LISTEN and NOTIFY work over this URL')
    return deaf('what was notified did not arrive')
  } catch (failure) {
    return deaf(sentenceOf(failure))
  } finally {
    cancel()
    client.release(true)
  }
}

const deaf = (says: string): Check =>
  warning(
    'listen',
    says,
    'a pooler in transaction mode can not listen: give postgresBroadcaster a URL that goes to the server itself, or use redisBroadcaster',
  )
