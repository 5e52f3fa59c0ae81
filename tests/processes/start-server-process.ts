import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { z } from 'zod'
import { trpcTransport, type Transport } from '@holdfast/core/trpc'
import type { serverProcessOptions } from './server-process.ts'

export interface ServerProcess extends AsyncDisposable {
  readonly transport: (user: string) => Transport
  /** `kill -9`. */
  readonly kill: () => Promise<void>
}

export const startServerProcess = async (
  options: z.input<typeof serverProcessOptions>,
): Promise<ServerProcess> => {
  const child = spawn(
    process.execPath,
    ['--conditions=holdfast-source', `${import.meta.dirname}/server-process.ts`, JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const exited = once(child, 'exit')
  const errors = text(child.stderr)
  const line = await Promise.race([once(child.stdout, 'data'), exited.then(() => undefined)])
  if (line === undefined) throw new Error(`The server process did not start:\n${await errors}`)
  const url = String(line[0]).trim()
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    transport: (user) => trpcTransport({ url, path: '', headers: () => ({ authorization: user }) }),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
