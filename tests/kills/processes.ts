import { spawnChild, type Child } from '../harness/child.ts'
import type { Told } from './app/told.ts'
import type { DeviceProcessOptions } from './children/device-process.ts'
import type { ServerProcessOptions } from './children/server-process.ts'
import type { Ledger } from './checks/ledger.ts'
import { createHearing, type DeviceLife } from './device-life.ts'

const spawnOf = (file: string, options: DeviceProcessOptions | ServerProcessOptions): Child =>
  spawnChild(`${import.meta.dirname}/children/${file}`, JSON.stringify(options))

/** Starts a device's process; the ledger hears all that it tells. */
export const startDevice = (
  ledger: Ledger,
  options: Omit<DeviceProcessOptions, 'name' | 'first'>,
): DeviceLife => {
  const child = spawnOf('device-process.ts', { ...options, name: ledger.device, first: ledger.next() })
  const { hear, ...heard } = createHearing(ledger, child.ended)
  child.onLine((line) => hear(JSON.parse(line) as Told))
  return {
    ...heard,
    async settle() {
      const settled = heard.next('settled')
      child.say('settle')
      await settled
    },
    kill: child.kill,
    [Symbol.asyncDispose]: child[Symbol.asyncDispose],
  }
}

export interface ServerLife extends Pick<Child, 'kill' | typeof Symbol.asyncDispose> {
  readonly url: string
}

/** Starts a server's process; resolves once it serves. */
export const startServer = async (options: ServerProcessOptions): Promise<ServerLife> => {
  const child = spawnOf('server-process.ts', options)
  const url = await child.firstLine()
  return { url, kill: child.kill, [Symbol.asyncDispose]: child[Symbol.asyncDispose] }
}
