import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../../tools/free-port.ts'

export interface BankProcess extends AsyncDisposable {
  readonly url: string
  /** `kill -9`, and a new process on the same database and port. */
  readonly restart: () => Promise<void>
}

const file = `${import.meta.dirname}/children/server-process.ts`

export const startBankProcess = async (database: string, accounts: number): Promise<BankProcess> => {
  const port = await freePort()
  const flags = ['--conditions=holdfast-source', '--no-warnings']

  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [...flags, file, database, String(port), String(accounts)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit').then(() => {
      throw new Error('The bank ended before it was ready.')
    })
    await Promise.race([once(child.stdout, 'data'), ended])
    ended.catch(() => undefined)
    return child
  }

  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  let child = await start()
  return {
    url: `http://127.0.0.1:${port}`,
    async restart() {
      await kill(child)
      child = await start()
    },
    [Symbol.asyncDispose]: () => kill(child),
  }
}
