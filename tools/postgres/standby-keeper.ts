import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from '../free-port.ts'
import { hold, type Held } from '../servers/hold.ts'
import { chooseAccount, reachable, type Account } from './account.ts'
import { findBinaries, program } from './binaries.ts'

/** `node standby-keeper.ts <url of the primary>`: holds a standby of a server of this machine. */
const [primary = ''] = process.argv.slice(2)

const give = (account: Account, path: string): void => {
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}

/** A copy of the running server's files, by its own protocol for that: npm's PostgreSQL has no `pg_basebackup`. */
const copyFiles = async (data: string): Promise<void> => {
  const client = new Client(primary)
  await client.connect()
  try {
    const { rows } = await client.query<{ folder: string; version: number }>(
      `SELECT current_setting('data_directory') AS folder, current_setting('server_version_num')::int AS version`,
    )
    const [{ folder, version } = { folder: '', version: 0 }] = rows
    const isNew = version >= 150_000
    await client.query(
      isNew ? `SELECT pg_backup_start('standby', true)` : `SELECT pg_start_backup('standby', true, false)`,
    )
    cpSync(folder, data, {
      recursive: true,
      filter: (path) => !/(postmaster\.pid|postmaster\.opts)$/.test(path),
    })
    const stopped = await client.query<{ label: string }>(
      `SELECT labelfile AS label FROM ${isNew ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'}`,
    )
    writeFileSync(join(data, 'backup_label'), stopped.rows[0]?.label ?? '')
  } finally {
    await client.end()
  }
}

const follow = (data: string): void => {
  const { hostname, port, username, password } = new URL(primary)
  const from = `host=${hostname} port=${port} user=${username} password=${password}`
  appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`)
  writeFileSync(join(data, 'standby.signal'), '')
}

const chownAll = async (account: Account, data: string): Promise<void> => {
  if (account === undefined) return
  const child = spawn('chown', ['-R', `${account.uid}:${account.gid}`, data])
  await once(child, 'exit')
}

const isReady = async (url: string): Promise<boolean> => {
  const client = new Client(url)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

const start = async (): Promise<Held> => {
  const [found] = findBinaries()
  if (found === undefined) throw new Error('There is no PostgreSQL.')
  const account = chooseAccount()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-standby-'))
  give(account, folder)
  const binaries = reachable(found, account, folder)
  const data = join(folder, 'data')
  await copyFiles(data)
  follow(data)
  chmodSync(data, 0o700)
  await chownAll(account, data)
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=300',
    'fsync=off',
  ]
  const server = spawn(
    program(binaries.folder, 'postgres'),
    ['-D', data, ...[`port=${port}`, ...settings].flatMap((setting) => ['-c', setting])],
    { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exited = once(server, 'exit')
  let log = ''
  server.stderr.on('data', (chunk: Buffer) => {
    log = `${log}${chunk.toString()}`.slice(-10_000)
  })
  const url = new URL(primary)
  url.port = String(port)
  for (const end = performance.now() + 30_000; !(await isReady(url.href));) {
    if (server.exitCode !== null || performance.now() > end)
      throw new Error(`The standby did not start:\n${log}`)
    await sleep(50)
  }
  return {
    report: { url: url.href },
    async stop() {
      server.kill('SIGQUIT')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

await hold(start)
