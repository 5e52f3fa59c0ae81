import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { systemEnvironment } from '@holdfast/core'
import Database from 'better-sqlite3'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import type { Check } from '../../src/command/doctor/check.ts'
import { judgeClocks } from '../../src/command/doctor/clock.ts'
import { usePlaces } from './places.ts'
import { run } from './run.ts'

const place = usePlaces()

const checkOf = async (name: string, url: string, environment = systemEnvironment) => {
  const { code, out } = await run(['doctor', '--url', url, '--json'], { environment })
  const { checks } = JSON.parse(out) as { readonly checks: readonly Check[] }
  const { state, says, advice }: Partial<Check & { readonly advice: string }> =
    checks.find((check) => check.name === name) ?? {}
  return { code, state, says, advice }
}

test.each([
  [900, 0, 'ok'],
  [-900, 0, 'ok'],
  [1001, 0, 'warning'],
  [-1001, 0, 'warning'],
  [1500, 600, 'ok'],
  [1700, 600, 'warning'],
])('[CM16] a clock that is %s ms ahead, give or take %s: %s', (ahead, doubt, state) => {
  expect(judgeClocks(ahead, doubt).state).toBe(state)
})

test('[CM16] the clock of a real server against a machine that is two minutes behind', async () => {
  const { url, migrate } = await place('PostgreSQL')
  await migrate()
  expect(await checkOf('clock', url)).toMatchObject({ state: 'ok' })
  const { clock } = systemEnvironment
  const behind = { ...systemEnvironment, clock: { ...clock, now: () => clock.now() - 120_000 } }
  expect(await checkOf('clock', url, behind)).toMatchObject({
    code: 0,
    state: 'warning',
    says: expect.stringMatching(/^the database's is 1(19|20|21)\.\d s ahead/) as unknown,
  })
})

test('[CM16] a database that takes no writes, and one with another default isolation', async () => {
  const { url, migrate, execute } = await place('PostgreSQL')
  await migrate()
  const set = (setting: string) =>
    execute(`ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET ${setting}`)
  await set(`default_transaction_isolation TO 'serializable'`)
  expect(await checkOf('isolation', url)).toMatchObject({
    code: 0,
    state: 'warning',
    says: 'serializable by default',
  })
  await set('default_transaction_read_only TO on')
  expect(await checkOf('writable', url)).toMatchObject({ code: 1, state: 'error' })
})

test('[CM16] connections are counted', async () => {
  const { url, migrate } = await place('PostgreSQL')
  await migrate()
  expect((await checkOf('connections', url)).says).toMatch(/^\d+ of \d+ are in use$/)
})

/** What a pooler in transaction mode is to a listener: it passes everything on but what nobody asked for. */
const startDeafProxy = async (target: string) => {
  const { hostname, port } = new URL(target)
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let rest = Buffer.alloc(0)
    far.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      // The answer to a request for TLS is one letter, without a length.
      if (rest.length === 1 && (rest[0] === 0x4e || rest[0] === 0x53)) {
        near.write(rest)
        rest = Buffer.alloc(0)
      }
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const size = rest.readUInt32BE(1) + 1
        if (rest[0] !== 'A'.charCodeAt(0)) near.write(rest.subarray(0, size))
        rest = rest.subarray(size)
      }
    })
    near.on('data', (chunk) => far.write(chunk))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  const url = new URL(target)
  url.host = `127.0.0.1:${address.port}`
  return { url: url.href, [Symbol.dispose]: () => void server.close() }
}

test('[CM16] LISTEN works over the server’s own URL, and not through what drops notifications', async () => {
  const { url, migrate } = await place('PostgreSQL')
  await migrate()
  expect(await checkOf('listen', url)).toMatchObject({ state: 'ok' })
  using proxy = await startDeafProxy(url)
  expect(await checkOf('listen', proxy.url)).toMatchObject({
    code: 0,
    state: 'warning',
    advice: expect.stringContaining('transaction mode') as unknown,
  })
})

test('[CM16] the doctor leaves no connection behind', async () => {
  const { url, migrate } = await place('PostgreSQL')
  await migrate()
  await run(['doctor', '--url', url])
  const client = new Client(url)
  await client.connect()
  try {
    await expect
      .poll(async () => {
        const { rows } = await client.query<{ readonly left: string }>(
          "SELECT COUNT(*) AS left FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()",
        )
        return rows[0]?.left
      })
      .toBe('0')
  } finally {
    await client.end()
  }
})

test('[CM17] a journal that is not WAL, and how migrate mends it', async () => {
  const { url, migrate, execute } = await place('SQLite')
  await migrate()
  await execute('PRAGMA journal_mode = DELETE')
  expect(await checkOf('journal', url)).toMatchObject({ code: 0, state: 'warning' })
  await run(['migrate', '--url', url])
  expect(await checkOf('journal', url)).toMatchObject({ state: 'ok' })
})

test('[CM17] another process that holds the write lock', async () => {
  const { url, migrate } = await place('SQLite')
  await migrate()
  const other = new Database(url.replace('file:', ''))
  try {
    other.exec('BEGIN IMMEDIATE')
    expect(await checkOf('writable', url)).toMatchObject({ code: 0, state: 'warning' })
    other.exec('ROLLBACK')
    expect(await checkOf('writable', url)).toMatchObject({ state: 'ok' })
  } finally {
    other.close()
  }
})
