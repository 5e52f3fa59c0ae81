import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

export interface RedisServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

const patienceMs = 30_000

const settings = (port: number, folder: string, password: string): string =>
  [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    '',
  ].join('\n')

/** Anything it says will do, also that it wants the password first. */
const answers = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1', () => void socket.write('PING\r\n'))
  try {
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return /^[+-]/.test(reply.toString()) && !reply.toString().startsWith('-LOADING')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const waitUntilReady = async (server: ChildProcess, port: number, log: () => string): Promise<void> => {
  const end = performance.now() + patienceMs
  while (!(await answers(port))) {
    if (server.exitCode !== null || server.signalCode !== null || performance.now() > end) {
      server.kill('SIGKILL')
      throw new Error(`Redis did not start:\n${log()}`)
    }
    await sleep(20)
  }
}

/** Starts a server on a free port of this machine, with a temporary folder and a password of its own; it keeps nothing. */
export const startServer = async (program: string): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const port = await freePort()
    const password = randomBytes(12).toString('hex')
    const server = spawn(program, ['-'], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
    const exited = once(server, 'exit')
    let log = ''
    for (const output of [server.stdout, server.stderr]) {
      output.on('data', (chunk: Buffer) => {
        log += chunk.toString()
      })
    }
    // A program that ended at once reads nothing; what it said is told below.
    server.stdin.on('error', () => undefined)
    // The password is not for everybody who lists processes.
    server.stdin.end(settings(port, folder, password))
    await waitUntilReady(server, port, () => log)
    return {
      url: `redis://default:${password}@127.0.0.1:${port}`,
      async stop() {
        server.kill('SIGKILL')
        await exited
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
