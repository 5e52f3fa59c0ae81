import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { chooseAccount } from '../postgres/account.ts'
import { hold, type Held } from '../servers/hold.ts'
import { findPgBouncer } from './find-pgbouncer.ts'

/** `node keeper.ts <url of the server> <connections to each database>`: holds PgBouncer in front of a server. */
const [server = '', poolSize = ''] = process.argv.slice(2)

const settings = (port: number): string => {
  const { hostname, port: behind, username, password } = new URL(server)
  return [
    '[databases]',
    `* = host=${hostname} port=${behind} user=${username} password=${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 500',
    'ignore_startup_parameters = extra_float_digits',
    '',
  ].join('\n')
}

const answers = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const start = async (): Promise<Held> => {
  const program = findPgBouncer()
  if (program === undefined) throw new Error('There is no PgBouncer: install pgbouncer.')
  // It runs as root as little as PostgreSQL does.
  const account = chooseAccount()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pgbouncer-'))
  const file = join(folder, 'pgbouncer.ini')
  const port = await freePort()
  // The password is in it.
  writeFileSync(file, settings(port), { mode: 0o600 })
  if (account !== undefined) for (const path of [folder, file]) chownSync(path, account.uid, account.gid)
  const child = spawn(program, [file], { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log = `${log}${chunk.toString()}`.slice(-10_000)
  })
  for (const end = performance.now() + 10_000; !(await answers(port));) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`PgBouncer did not start:\n${log}`)
    await sleep(20)
  }
  const [version = ''] = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')
  return {
    report: { port, version },
    async stop() {
      child.kill('SIGKILL')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

await hold(start)
