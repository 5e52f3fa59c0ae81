import { scope, startServer } from '@holdfast-examples/support/server'
import { createSyncClient, manualConnectivity, type SyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { schema } from './schema.ts'
import { fileStorage } from './storage/file-storage.ts'

export interface Ending {
  /** What the device found in its file when it came back, and how much of it waited to be sent. */
  readonly kept: { readonly readings: number; readonly waiting: number }
  /** What another device has in the end. */
  readonly delivered: readonly number[]
}

interface Device extends SyncClient<(typeof schema)['collections']> {
  readonly network: ReturnType<typeof manualConnectivity>
}

const openDevice = async (folder: string, url: string, user: string): Promise<Device> => {
  const network = manualConnectivity(false)
  const client = await createSyncClient({
    schema,
    user,
    storage: fileStorage({ folder }),
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: user }) }),
    scopes: [scope],
    connectivity: network,
  })
  return Object.assign(client, { network })
}

const sync = async (device: Device): Promise<void> => {
  device.network.set(true)
  const { status } = await device.syncNow()
  if (status !== 'synced') throw new Error(`The device is ${status} after a sync.`)
}

/** A device reads meters without a network, is switched off, comes back and delivers. */
export const tellStory = async (folder: string, say: (line: string) => void): Promise<Ending> => {
  const server = await startServer({ schema })
  try {
    const before = await openDevice(folder, server.url, 'ada')
    for (const value of [17, 18, 21]) await before.collections.readings.create({ meter: 'north', value })
    await before.close()
    say('Ada read a meter three times without a network, and switched her device off.')

    const after = await openDevice(folder, server.url, 'ada')
    const readings = await after.collections.readings.find()
    const waiting = await after.operations.list({ status: 'PENDING' })
    say(`The file brings back ${readings.length} readings, ${waiting.length} of them not sent yet.`)
    await sync(after)
    await after.close()

    const office = await openDevice(folder, server.url, 'ben')
    await sync(office)
    const delivered = (await office.collections.readings.find({ orderBy: { value: 'asc' } })).map(
      ({ value }) => value,
    )
    await office.close()
    say(`Back in the network they are sent; Ben's device has ${delivered.join(', ')}.`)
    return { kept: { readings: readings.length, waiting: waiting.length }, delivered }
  } finally {
    await server.stop()
  }
}
