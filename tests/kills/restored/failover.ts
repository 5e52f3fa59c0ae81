import { isSyncError } from '@holdfast/core'
import { trpcTransport, type Transport } from '@holdfast/core/trpc'
import type { Standby } from '../../../tools/postgres/start-standby.ts'
import { createReader } from '../../processes/reader.ts'
import { startServer } from '../processes.ts'
import type { Backups } from './backups.ts'

export interface Failover extends Backups {
  /** What a device is told that has pulled from the primary, and pulls from the standby then, before it is promoted. */
  readonly toldByStandby: () => string | undefined
}

const transportTo = (url: string): Transport =>
  trpcTransport({ url: `${url}/sync`, path: '', headers: () => ({ authorization: 'reader' }) })

/** A reader gets to the head at one of them, and goes on at the other one. */
const readFirstHereThenThere = async (here: string, there: string): Promise<string> => {
  await using first = await startServer({ database: here })
  await using second = await startServer({ database: there })
  const reader = createReader('reader')
  while (await reader.pull(transportTo(first.url)));
  return await reader.pull(transportTo(second.url)).then(
    () => 'nothing',
    (error: unknown) => (isSyncError(error) ? error.code : String(error)),
  )
}

/** A standby that hears of nothing after `save` takes the primary's place: what was committed since is lost. */
export const failoverOf = (primary: string, standby: Standby, stopPrimary: () => Promise<void>): Failover => {
  const promoted = new URL(standby.url)
  promoted.pathname = new URL(primary).pathname
  let url = primary
  let told: string | undefined
  return {
    url: () => url,
    toldByStandby: () => told,
    async save() {
      await standby.catchUp()
      await standby.cutOff()
    },
    async restore() {
      told = await readFirstHereThenThere(primary, promoted.href)
      await stopPrimary()
      await standby.promote()
      url = promoted.href
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
