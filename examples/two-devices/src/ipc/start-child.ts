import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Calls, Message, Request } from './messages.ts'

/** A process of its own that answers calls. */
export interface Child<TCalls extends Calls> {
  readonly pid: number
  /** @throws Error with the child's reason, or when the child ends first */
  readonly call: <TName extends keyof TCalls>(
    name: TName,
    ...input: Parameters<TCalls[TName]>
  ) => ReturnType<TCalls[TName]>
  /** Ends the process at once, as a flat battery would: it gets to write and say nothing more. */
  readonly kill: () => Promise<void>
  /** Lets go of the process and waits until it has ended. */
  readonly close: () => Promise<void>
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Starts a script and waits until it takes requests. */
export const startChild = async <TCalls extends Calls>(
  script: URL,
  options: Readonly<Record<string, unknown>>,
): Promise<Child<TCalls>> => {
  const child = fork(script, [JSON.stringify(options)], { serialization: 'advanced' })
  const waiting = new Map<number, Waiting>()
  const ended = once(child, 'exit')
  let calls = 0

  const settle = (message: Message): void => {
    if (message.kind === 'ready') return
    const request = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'done') request?.resolve(message.value)
    else request?.reject(new Error(message.reason))
  }

  const kill = (): boolean => child.kill('SIGKILL')
  // However this process ends, it leaves no other behind; before anybody removes the other's files.
  process.prependListener('exit', kill)
  child.on('exit', (code, signal) => {
    process.off('exit', kill)
    for (const { reject } of waiting.values()) reject(endedEarly(script, code, signal))
    waiting.clear()
  })
  child.on('message', settle)
  await isReady(child, script)

  const call = (name: keyof TCalls, ...[input]: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request: Request = { id: (calls += 1), name: String(name), input }
      waiting.set(request.id, { resolve, reject })
      child.send(request)
    })

  return {
    pid: child.pid ?? 0,
    call: call as unknown as Child<TCalls>['call'],
    async kill() {
      kill()
      await ended
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

/** The first message says that the child is ready. */
const isReady = (child: ChildProcess, script: URL): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(endedEarly(script, code, signal)))
  })

const endedEarly = (script: URL, code: number | null, signal: string | null): Error =>
  new Error(`${script.pathname} ended early (${signal ?? `code ${code}`}).`)
