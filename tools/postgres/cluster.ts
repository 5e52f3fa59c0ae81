import { freePort } from '../free-port.ts'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { chooseAccount, reachable, type Account } from './account.ts'
import { program, type Binaries } from './binaries.ts'

export interface ClusterOptions {
  readonly binaries: Binaries
  /** False: nothing waits for the disk. Processes may be killed all the same, only the machine may not. */
  readonly durable: boolean
}

export interface Cluster {
  /** Of the maintenance database, as the superuser. */
  readonly url: string
  readonly stop: () => Promise<void>
}

const patienceMs = 30_000

const initialise = async (
  binaries: Binaries,
  account: Account,
  folder: string,
  password: string,
): Promise<string> => {
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  if (account !== undefined) chownSync(passwordFile, account.uid, account.gid)
  chmodSync(passwordFile, 0o600)
  const options = ['--username=postgres', '--auth=password', `--pwfile=${passwordFile}`]
  await promisify(execFile)(
    program(binaries.folder, 'initdb'),
    [`--pgdata=${data}`, ...options, '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...account, cwd: folder },
  )
  return data
}

const settings = (port: number, durable: boolean): readonly string[] => [
  `port=${port}`,
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  `fsync=${durable ? 'on' : 'off'}`,
]

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

const waitUntilReady = async (server: ChildProcess, url: string, log: () => string): Promise<void> => {
  const end = performance.now() + patienceMs
  while (!(await isReady(url))) {
    if (server.exitCode !== null || server.signalCode !== null || performance.now() > end) {
      throw new Error(`PostgreSQL did not start:\n${log()}`)
    }
    await sleep(20)
  }
}

/** Makes a cluster of its own in a temporary folder and starts its server on a free port of this machine. */
export const startCluster = async ({ binaries: found, durable }: ClusterOptions): Promise<Cluster> => {
  const account = chooseAccount()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-postgresql-'))
  if (account !== undefined) chownSync(folder, account.uid, account.gid)
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const binaries = reachable(found, account, folder)
    const password = randomBytes(12).toString('hex')
    const data = await initialise(binaries, account, folder, password)
    const port = await freePort()
    const server = spawn(
      program(binaries.folder, 'postgres'),
      ['-D', data, ...settings(port, durable).flatMap((setting) => ['-c', setting])],
      { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const exited = once(server, 'exit')
    const log = join(folder, 'log')
    server.stderr.on('data', (chunk: Buffer) => writeFileSync(log, chunk, { flag: 'a' }))
    const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`
    await waitUntilReady(server, url, () => readFileSync(log, 'utf8'))
    return {
      url,
      async stop() {
        // Immediate: its data is thrown away.
        server.kill('SIGQUIT')
        await exited
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
