import { randomBytes } from 'node:crypto'
import type { Commit } from '@holdfast/server'
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
  const server = await startServer({ plugins: [audit({ ...naming, journal, metrics: serverMetrics })] })
  const { url } = server
  const open = (user: string) => openDevice({ schema, user, url, plugins: [audit({ ...naming, key })] })
  const [ada, ben] = [await open('ada'), await open('ben')]
  const older = [audit({ key, secret: 'text', formerly: 'text' })] as const
  const cyd = await openDevice({ schema: formerSchema, user: 'cyd', url, plugins: older })

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

    const old = await cyd.client.collections.entries.create({ title: 'Bed 5', text: 'moved' })
    await cyd.sync()
    await ada.sync()
    const migrated = await ada.client.collections.entries.get(old.recordId)
    say(`Cyd's app calls the note "text". Ada reads "${migrated?.note}", signed by ${migrated?.editedBy}.`)

    server.forget()
    await ada.client.collections.entries.update(recordId, { title: 'Bed 4, window' })
    const { status } = await ada.sync()
    say(`The server lost everything. Ada's device sent again what it had sent, and is ${status}.`)
    say(`  Ada's plugin says: ${await firstValueFrom(ada.client.plugins.audit.lines$)}`)
    say(`The server has "${(await server.read(recordId)).title}".`)

    const devices = [ada.client, ben.client, cyd.client]
    const metrics = [...devices.map(({ plugins }) => plugins.audit.metrics()), serverMetrics.read()]
    say(`${journalled} operations are in the journal. Ada's device counted:`)
    for (const [name, count] of Object.entries(metrics[0] ?? {})) say(`  ${name.padEnd(20)} ${count}`)
    return { metrics, journalled, sealed }
  } finally {
    for (const { client } of [ada, ben, cyd]) await client.close()
    await server.stop()
  }
}
