import { randomBytes } from 'node:crypto'
import type { Commit } from '@holdfast/server'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { firstValueFrom } from 'rxjs'
import { openDevice } from './app/device.ts'
import { formerSchema, schema } from './app/schema.ts'
import { startServer } from './app/server.ts'
import { audit } from './audit/audit.ts'
import { createMetrics } from './audit/metrics.ts'

export interface Ending {
  /** What the plugin counted, on each device and on the server. */
  readonly metrics: readonly Readonly<Record<string, number>>[]
  /** Operations in the server's journal. */
  readonly journalled: number
  /** The first note as the server had it. */
  readonly sealed: string
}

/** Three devices with the plugin, one of them with an older app, and a server with its other half. */
export const tellStory = async (say: (line: string) => void): Promise<Ending> => {
  const key = randomBytes(32)
  const naming = { secret: 'note', formerly: 'text' }
  const serverMetrics = createMetrics()
  let journalled = 0
  const journal = ({ results }: Commit): void => {
    journalled += results.length
  }
  const server = await startServer({
    plugins: [audit({ ...naming, journal, metrics: serverMetrics })],
    former: [audit({ secret: 'text', formerly: 'text' })],
  })
  const { url } = server
  const open = (user: string) => openDevice({ schema, user, url, plugins: [audit({ ...naming, key })] })
  const [ada, ben] = [await open('ada'), await open('ben')]
  const older = [audit({ key, secret: 'text', formerly: 'text' })] as const
  const storage = memoryStorage()
  const cyd = await openDevice({ schema: formerSchema, user: 'cyd', url, storage, plugins: older })
  const old = await cyd.client.collections.entries.create({ title: 'Bed 5', text: 'moved' })
  const untouched = await cyd.client.collections.entries.create({ title: 'Bed 6', text: 'empty' })
  await cyd.sync()
  server.upgrade()
  const closing = [ada.client, ben.client, cyd.client]

  try {
    const { recordId } = await ada.client.collections.entries.create({ title: 'Bed 4', note: 'slept well' })
    await ada.sync()
    await ben.sync()
    const { note: sealed } = await server.read(recordId)
    const read = await ben.client.collections.entries.get(recordId)
    say(`Ada's note is "${sealed.slice(0, 20)}..." on the server, and "${read?.note}" on Ben's device.`)

    await ada.client.collections.entries.update(recordId, { note: 'woke at five' })
    await ben.client.collections.entries.update(recordId, { note: 'has a fever' })
    await ada.sync()
    await ben.sync()
    say('Both change it.')
    say(`  Ben's plugin says: ${await firstValueFrom(ben.client.plugins.audit.lines$)}`)

    await cyd.client.collections.entries.update(old.recordId, { text: 'moved to 7' })
    await cyd.sync()
    await ada.sync()
    const migrated = await ada.client.collections.entries.get(old.recordId)
    say(`Cyd's app calls the note "text". Ada reads "${migrated?.note}", signed by ${migrated?.editedBy}.`)

    cyd.network.set(false)
    await cyd.client.collections.entries.update(old.recordId, { text: 'moved to 8' })
    await cyd.client.collections.entries.update(old.recordId, { title: 'Bed 5, window' })
    await cyd.client.close()
    const newer = [audit({ ...naming, key })] as const
    const updated = await openDevice({ schema, user: 'cyd', url, storage, plugins: newer })
    closing.push(updated.client)
    const { entries } = updated.client.collections
    const [kept, same] = [await entries.get(old.recordId), await entries.get(untouched.recordId)]
    say(
      `Cyd updates the app, offline. It shows "${kept?.note}", which was not sent yet, and "${same?.note}".`,
    )
    await updated.sync()
    await ada.sync()

    server.forget()
    await ada.client.collections.entries.update(recordId, { title: 'Bed 4, window' })
    const { status } = await ada.sync()
    say(`The server lost everything. Ada's device sent again what it had sent, and is ${status}.`)
    say(`  Ada's plugin says: ${await firstValueFrom(ada.client.plugins.audit.lines$)}`)
    say(`The server has "${(await server.read(recordId)).title}".`)

    const devices = [ada.client, ben.client, cyd.client, updated.client]
    const metrics = [...devices.map(({ plugins }) => plugins.audit.metrics()), serverMetrics.read()]
    say(`${journalled} operations are in the journal. Ada's device counted:`)
    for (const [name, count] of Object.entries(metrics[0] ?? {})) say(`  ${name.padEnd(20)} ${count}`)
    return { metrics, journalled, sealed }
  } finally {
    for (const client of closing) await client.close()
    await server.stop()
  }
}
