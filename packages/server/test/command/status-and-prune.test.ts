import { pruneSync, type PruneReport } from '@holdfast/server'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../support/databases.ts'
import { databaseNames, databases } from '../support/stores.ts'
import { create, createWorld, scope, testEnvironment } from '../support/world.ts'
import { run } from './run.ts'

const day = 86_400_000
const start = 1_750_000_000_000
const at = (days: number): number => start + days * day

const open: TestDatabase[] = []
afterEach(async () => {
  for (const database of open.splice(0)) await database.close()
})

describe.each(databaseNames)('%s', (name) => {
  /** Two clients, one of them in two scopes; a deletion on day 10 and one on day 50; two events are undelivered. */
  const filled = async () => {
    const database = await databases[name]()
    open.push(database)
    const environment = testEnvironment(start)
    const world = createWorld(database.store, { environment, outbox: true })
    const a = world.client('a')
    await a.push(...['r-1', 'r-2', 'r-3'].map((id) => create(a, id, { title: id })))
    await a.pull()
    environment.at(at(10))
    await a.push(a.operation({ recordId: 'r-1', type: 'delete', baseVersion: 1 }))
    await a.pull()
    environment.at(at(50))
    await a.push(a.operation({ recordId: 'r-2', type: 'delete', baseVersion: 1 }))
    const b = world.client('b', 'user-b')
    await b.push(create(b, 'r-4', { title: 'r-4' }))
    const elsewhere = { ...create(a, 'r-5', { title: 'r-5' }), id: 'a-in-team-2', clientSeq: 1 }
    await a.pushRaw([elsewhere], { scope: 'team-2', cursor: '' })
    await database.prisma
      .$executeRaw`DELETE FROM holdfast_outbox WHERE scope = ${scope} AND stored_at < ${at(50)}`
    return { ...database, environment }
  }

  const now = { environment: testEnvironment(at(60)) }
  const statusOf = async (url: string): Promise<unknown> =>
    JSON.parse((await run(['status', '--url', url, '--json'])).out) as unknown

  const expected = {
    scopes: [
      {
        scope,
        head: 6,
        prunedTo: 0,
        records: 2,
        tombstones: 2,
        operations: 6,
        clients: 2,
        outbox: { events: 2, oldest: at(50) },
        newest: at(50),
      },
      {
        scope: 'team-2',
        head: 1,
        prunedTo: 0,
        records: 1,
        tombstones: 0,
        operations: 1,
        clients: 1,
        outbox: { events: 1, oldest: at(50) },
        newest: at(50),
      },
    ],
    totals: {
      scopes: 2,
      records: 3,
      tombstones: 2,
      operations: 7,
      clients: 2,
      outbox: { events: 3, oldest: at(50) },
      newest: at(50),
    },
    marks: 0,
  }

  test('[CM12] status tells of each scope and of all', async () => {
    const { url } = await filled()
    expect(await statusOf(url)).toEqual(expected)
    const { code, out } = await run(['status', '--url', url])
    expect(code).toBe(0)
    expect(
      out
        .trimEnd()
        .split('\n')
        .slice(2)
        .map((line) => line.split(/ {2,}/).join('|')),
    ).toEqual([
      'scope|head|pruned to|records|tombstones|operations|clients|undelivered|oldest event|newest activity',
      'team-1|6|0|2|2|6|2|2|2025-08-04 15:06:40Z|2025-08-04 15:06:40Z',
      'team-2|1|0|1|0|1|1|1|2025-08-04 15:06:40Z|2025-08-04 15:06:40Z',
      'all 2 scopes|3|2|7|2|3|2025-08-04 15:06:40Z|2025-08-04 15:06:40Z',
      '',
      'Writes past the sync API that wait to be taken in: 0',
    ])
  })

  test('[CM12] status of nothing', async () => {
    const database = await databases[name]()
    open.push(database)
    expect(await statusOf(database.url)).toEqual({
      scopes: [],
      totals: { scopes: 0, records: 0, tombstones: 0, operations: 0, clients: 0 },
      marks: 0,
    })
  })

  test('[CM20] a name is shown as what it is', async () => {
    const database = await databases[name]()
    open.push(database)
    await database.store.write('a\u001B[2J\n\u202Eb', async () => undefined)
    expect((await run(['status', '--url', database.url])).out).toContain('a\\u{1b}[2J\\u{a}\\u{202e}b')
  })

  test('[CM13] prune does what pruneSync does, and a dry run tells it and changes nothing', async () => {
    const [one, other] = [await filled(), await filled()]
    const before = await statusOf(one.url)
    const prune = async (...more: readonly string[]) => {
      const args = ['prune', '--url', one.url, '--older-than', '30d', '--json', ...more]
      return JSON.parse((await run(args, now)).out) as PruneReport
    }
    const told = await prune('--dry-run')
    expect(await statusOf(one.url)).toEqual(before)
    const report = await pruneSync(other.store, { olderThan: 30 * day, ...now })
    expect(report).toMatchObject({ scopes: 2, tombstones: 1, verdicts: 4 })
    expect(told).toEqual({ dryRun: true, ...report })
    expect(await prune()).toEqual({ dryRun: false, ...report })
    expect(await statusOf(one.url)).toEqual(await statusOf(other.url))
    expect(await prune('--dry-run')).toMatchObject({ tombstones: 0, verdicts: 0, nonces: 0 })
  })

  test('[CM13] prune says what it did', async () => {
    const { url } = await filled()
    const { code, out } = await run(['prune', '--url', url, '--older-than', '30d'], now)
    expect(code).toBe(0)
    expect(out).toContain('forgot 1 tombstone, 4 verdicts, 1 nonce, all older than 30 days, in 2 scopes.')
    expect(out).not.toContain(/:([^:@]+)@/.exec(url)?.[1] ?? 'no password')
  })
})
