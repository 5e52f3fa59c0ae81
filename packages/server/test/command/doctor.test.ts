import { describe, expect, test } from 'vitest'
import type { Check } from '../../src/command/doctor/check.ts'
import { databaseNames } from '../support/stores.ts'
import { diagnose } from './diagnose.ts'
import { usePlaces } from './places.ts'
import { run } from './run.ts'

const place = usePlaces()
const day = 86_400_000

const unwell = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => `${name} ${state}`)

describe.each(databaseNames)('%s', (name) => {
  test('[CM14] a sound deployment is ok in all checks, as a table and as JSON', async () => {
    const { url, migrate } = await place(name)
    await migrate()
    const { code, checks } = await diagnose(url)
    expect([code, unwell(checks)]).toEqual([0, []])
    const { out } = await run(['doctor', '--url', url])
    expect(out).toContain('0 errors, 0 warnings.')
    const lines = out.split('\n').filter((line) => line.startsWith('ok '))
    expect(lines.map((line) => line.split(/ {2,}/)[1])).toEqual(checks.map((check) => check.name))
    expect(out).not.toContain(/:([^:@]+)@/.exec(url)?.[1] ?? 'no password')
  })

  test('[CM14] an error is named with what to do, and the exit code is 1', async () => {
    const { url } = await place(name)
    const gone = name === 'SQLite' ? `${url}-none` : url.replace(/[^/]+$/, 'holdfast_test_none')
    const { code, out } = await run(['doctor', '--url', gone])
    expect(code).toBe(1)
    expect(out).toMatch(/^error {4}reachable .*\n +-> .*\n\n1 error, 0 warnings\.\n$/)
  })

  test('[CM15] a database without our tables', async () => {
    const { url, execute } = await place(name)
    await execute('CREATE TABLE posts (id BIGINT)')
    const { code, of, states } = await diagnose(url)
    expect(code).toBe(1)
    expect(of('migrations')).toMatchObject({
      state: 'error',
      advice: expect.stringContaining('holdfast migrate') as unknown,
    })
    expect(of('tables').says).toContain('missing: holdfast_scopes, holdfast_batches')
    expect(states['outbox']).toBeUndefined()
  })

  test('[CM15] tables that the app’s own migrations made are as good', async () => {
    const { url, migrateAsApp } = await place(name)
    await migrateAsApp()
    const { code, checks, of } = await diagnose(url)
    expect([code, unwell(checks)]).toEqual([0, []])
    expect(of('migrations').says).toContain('come from migrations of your own')
  })

  test('[CM11] and migrate leaves them alone', async () => {
    const { url, migrateAsApp } = await place(name)
    await migrateAsApp()
    const { code, err } = await run(['migrate', '--url', url])
    expect(code).toBe(1)
    expect(err).toContain('go on with prisma migrate, which did')
    expect((await diagnose(url)).code).toBe(0)
  })

  test('[CM15] what the app’s own migrations lack is found', async () => {
    const { url, migrateAsApp } = await place(name)
    await migrateAsApp((sql) =>
      sql
        .replace(/^CREATE UNIQUE INDEX .*$/m, '')
        .replace(/^CREATE INDEX "holdfast_operations_scope_decided_at_idx" .*$/m, '')
        .replace(/^ALTER TABLE "holdfast_scopes" ADD COLUMN .*$/m, '')
        .replace(/,\s+(CONSTRAINT "\w+" )?PRIMARY KEY \("scope", "client_id"\)/, ''),
    )
    const { code, of } = await diagnose(url)
    expect(code).toBe(1)
    expect(of('migrations').state).toBe('error')
    expect(of('tables')).toMatchObject({ state: 'error', says: 'missing: holdfast_scopes.pruned_before' })
    expect(of('primary keys').says).toBe('wrong or missing: holdfast_watermarks (scope, client_id)')
    expect(of('indexes')).toMatchObject({
      state: 'error',
      says: expect.stringContaining('holdfast_operations(scope, client_id, client_seq) unique') as unknown,
    })
  })

  test('[CM15] a dropped index is a warning, and what it says to run mends it', async () => {
    const { url, migrate, execute } = await place(name)
    await migrate()
    await execute('DROP INDEX holdfast_records_scope_seq_idx')
    const { code, of } = await diagnose(url)
    expect(code).toBe(0)
    expect(of('indexes').state).toBe('warning')
    await execute(of('indexes').advice?.replace('run ', '') ?? '')
    expect((await diagnose(url)).of('indexes').state).toBe('ok')
  })

  test('[CM15] migrations that are missing, unfinished or changed', async () => {
    const { url, migrate, execute } = await place(name)
    await migrate()
    await execute("UPDATE _prisma_migrations SET checksum = 'x' WHERE migration_name LIKE '%retention'")
    expect((await diagnose(url)).of('migrations').says).toBe(
      '20251126000000_retention differs from what was applied',
    )
    await execute("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%retention'")
    expect((await diagnose(url)).of('migrations').says).toBe(
      '20251126000000_retention began and did not finish',
    )
    await execute("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%retention'")
    expect((await diagnose(url)).of('migrations')).toMatchObject({
      state: 'error',
      says: '1 migration of @holdfast/server not applied: 20251126000000_retention',
    })
  })

  const operation = (client: string, seq: number, decidedAt: number): string =>
    `INSERT INTO holdfast_operations VALUES ('team-1', '${client}-${seq}', '${client}', ${seq}, 'u', 'h', 'todos', 'r', 'update', '{}', ${decidedAt})`

  test('[CM18] a longer absence than the retention', async () => {
    const { url, migrate, execute } = await place(name)
    await migrate()
    const now = Date.now()
    await execute(operation('ada', 1, now - 200 * day))
    await execute(operation('ada', 2, now - 80 * day))
    await execute(operation('bob', 1, now - 300 * day))
    expect((await diagnose(url)).of('retention')).toMatchObject({
      state: 'ok',
      says: expect.stringContaining('the longest absence seen is 120 days (client ada') as unknown,
    })
    expect((await diagnose(url, ['--retention', '90d'])).of('retention').state).toBe('warning')
    const kept = (await diagnose(url, ['--retention', '130d'])).of('retention')
    expect(kept.state).toBe('ok')
    expect(kept.says).toContain('1 client of 2 wrote nothing for longer')
  })

  test('[CM18] rows without a time', async () => {
    const { url, migrate, execute } = await place(name)
    await migrate()
    await execute("INSERT INTO holdfast_batches (scope, head, nonce) VALUES ('team-1', 1, 'n')")
    const { code, of } = await diagnose(url)
    expect([code, of('times').state]).toEqual([1, 'error'])
    expect(of('times').says).toContain('holdfast_batches')
    await execute(of('times').advice?.replace('before you prune, run ', '') ?? '')
    expect((await diagnose(url)).of('times').state).toBe('ok')
  })

  test('[CM19] an outbox that nobody empties, and one that fails', async () => {
    const { url, migrate, execute } = await place(name)
    await migrate()
    const stored = (head: number, ago: number): Promise<unknown> =>
      execute(
        `INSERT INTO holdfast_outbox (scope, head, event, stored_at) VALUES ('team-1', ${head}, '{}', ${Date.now() - ago})`,
      )
    await stored(2, 60_000)
    expect((await diagnose(url)).of('outbox').state).toBe('ok')
    await stored(1, 2 * day)
    expect((await diagnose(url)).of('outbox')).toMatchObject({
      state: 'warning',
      says: '2 events, the oldest for 2 days, and nobody took it: it only grows',
      advice: expect.stringContaining('createOutboxWorker') as unknown,
    })
    await execute('UPDATE holdfast_outbox SET attempts = 7')
    expect((await diagnose(url)).of('outbox').says).toContain('tried 7 times')
  })
})
