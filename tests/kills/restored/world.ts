import type { SyncState } from '@holdfast/core'
import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { temporaryFolder } from '../../harness/folder.ts'
import { startProxy } from '../../harness/proxy.ts'
import { openGate } from '../gate.ts'
import { startServer, type ServerLife } from '../processes.ts'
import { backupsOf, type Backups } from './backups.ts'
import { createDevice, type Device } from './device.ts'

/** What a device met when it spoke to the server. */
export interface Contact {
  /**
   * `forked` where it learned that it has a copy, or was set back, by a refusal or by an answer that knows more than it; else the
   * first refusal: `RESET_REQUIRED epoch_changed`, say.
   */
  readonly told: string | undefined
  /** The first answer of all was a refusal. */
  readonly atOnce: boolean
  /** Where it stands afterwards. */
  readonly state: SyncState
}

export interface RestoredWorld extends AsyncDisposable {
  /** Opened, and never synced. */
  readonly device: (name: string) => Promise<Device>
  /** Gives back what is closed at the end in any case. */
  readonly keep: (device: Device) => Device
  readonly path: (name: string) => string
  /** The server is killed, a backup is taken, the server starts again. */
  readonly save: () => Promise<void>
  /** The server is killed, the backup takes the place of its database, the server starts again. */
  readonly restore: () => Promise<void>
  readonly contact: (device: Device) => Promise<Contact>
}

export const shared: readonly string[] = ['s1', 's2', 's3']

const refusalOf = (answer: string | undefined): string | undefined => {
  if (answer === undefined || !answer.includes('"kind":"refused"')) return undefined
  const [, code = ''] = /"code":"(\w+)"/.exec(answer) ?? []
  const [, reason = ''] = /"reason":"(\w+)"/.exec(answer) ?? []
  return `${code} ${reason}`.trim()
}

/** A server's process that can be set back, and devices before it. */
export const openRestoredWorld = async (
  database: TestDatabase,
  seed: string,
  given: Backups = backupsOf(database),
): Promise<RestoredWorld> => {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder())
  const gate = stack.use(await openGate())
  const proxy = stack.use(await startProxy(gate.url))
  const backups = stack.use(given)
  const devices = new Set<Device>()
  let server: ServerLife | undefined

  const start = async (): Promise<void> => {
    server = await startServer({ database: backups.url() })
    gate.open(server.url)
  }
  const whileDown = async (run: () => Promise<void>): Promise<void> => {
    await server?.kill()
    gate.shut(server?.url ?? '')
    await run()
    await start()
  }
  const keep = (device: Device): Device => {
    devices.add(device)
    return device
  }
  await start()
  return {
    keep,
    path: folder.path,
    save: () => whileDown(backups.save),
    restore: () => whileDown(backups.restore),
    async device(name) {
      const filename = folder.path(`${name}.db`)
      const device = keep(createDevice({ name, filename, url: `${proxy.url}/sync`, seed, shared }))
      await device.open()
      return device
    },
    async contact(device) {
      const before = proxy.requests.length
      const forks: string[] = []
      const listening = device.client().events$.subscribe(({ type }) => {
        if (type === 'forked') forks.push(type)
      })
      const state = await device.sync()
      listening.unsubscribe()
      const answers = proxy.requests.slice(before).map(({ answer }) => refusalOf(answer))
      const told = forks[0] ?? answers.find((answer) => answer !== undefined)
      return { told, atOnce: answers[0] !== undefined, state }
    },
    async [Symbol.asyncDispose]() {
      for (const device of devices) await device.close()
      await server?.[Symbol.asyncDispose]()
      await stack.disposeAsync()
    },
  }
}
