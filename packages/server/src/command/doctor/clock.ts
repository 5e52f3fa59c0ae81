import type { Environment } from '@holdfast/core'
import type { SqlRunner } from '../../store/prisma/client.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import { ok, warning, type Check } from './check.ts'

const bearable = 1000

/** @param ahead milliseconds @param doubt half of what the question took */
export const judgeClocks = (ahead: number, doubt: number): Check => {
  const apart = Math.max(0, Math.abs(ahead) - doubt)
  const shown = `${(Math.abs(ahead) / 1000).toFixed(1)} s ${ahead < 0 ? 'behind' : 'ahead of'} this machine's`
  if (apart <= bearable) return ok('clock', `the database's is ${shown}`)
  return warning(
    'clock',
    `the database's is ${shown}`,
    'let NTP set the clocks of all servers: retention, lifetimes and leases go by them',
  )
}

export const checkClock = async (db: SqlRunner, { clock }: Environment): Promise<Check> => {
  const start = clock.now()
  const [row] = await query<{ readonly now: number | string }>(
    db,
    sql`SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now`,
  )
  const end = clock.now()
  return judgeClocks(Number(row?.now) - (start + end) / 2, (end - start) / 2)
}
