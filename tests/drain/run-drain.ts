import { freePort } from '../../tools/free-port.ts'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { temporaryFolder } from '../harness/folder.ts'
import { startProxy } from '../harness/proxy.ts'
import { readLog, type DrainLog } from './read-log.ts'

export interface DrainResult extends DrainLog {
  /** Operations that are not applied in the end, on the device's own account. */
  readonly left: number
  /** The most that the device had in use after a garbage collection, in bytes. */
  readonly heap: number
}

const token = 'token of u-1'
const killAt = 0.5

type Child = ChildProcessByStdio<null, Readable, null>

const startNode = (flags: readonly string[], file: string, args: readonly string[]): Child =>
  spawn(
    process.execPath,
    [
      '--conditions=holdfast-source',
      '--no-warnings',
      ...flags,
      `${import.meta.dirname}/children/${file}`,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

const textOf = async (child: Child): Promise<string> => {
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return text
}

/** So many operations drain over HTTP into a server that is killed halfway, and comes back. */
export const runDrain = async (operations: number): Promise<DrainResult> => {
  using folder = temporaryFolder()
  const port = await freePort()
  const startServer = async (): Promise<Child> => {
    const server = startNode([], 'server-process.ts', [folder.path('server.db'), `${port}`, token])
    await once(server.stdout, 'data')
    return server
  }
  let server = await startServer()
  await using proxy = await startProxy(`http://127.0.0.1:${port}`)
  let came = 0
  let killed = false
  proxy.decide = ({ procedure, operationIds }) => {
    came += procedure === 'push' ? operationIds.length : 0
    if (killed || came < operations * killAt) return undefined
    killed = true
    // While this batch is on its way, or being decided, or answered.
    void pause(Math.random() * 30)
      .then(() => server.kill('SIGKILL'))
      .then(() => pause(300))
      .then(startServer)
      .then((again) => {
        server = again
      })
    return undefined
  }
  const device = startNode(['--expose-gc'], 'device-process.ts', [
    folder.path('device.db'),
    proxy.url,
    token,
    `${operations}`,
  ])
  const { heap, left } = JSON.parse(await textOf(device)) as { readonly heap: number; readonly left: number }
  server.kill('SIGKILL')
  return { ...readLog(proxy.requests), heap, left }
}
