import type { OpenConflict } from '@holdfast/core'
import { openDevice, type Photo } from './device.ts'
import { startServer } from './server.ts'

export interface Ending {
  /** The photo as each device shows it in the end. */
  readonly photos: readonly (Photo | undefined)[]
  /** What the strategies left to a person. */
  readonly asked: readonly OpenConflict[]
}

/** Ada and Ben tag one photo while they are offline, and rename it too. */
export const tellStory = async (say: (line: string) => void): Promise<Ending> => {
  const server = await startServer()
  const [ada, ben] = [await openDevice('ada', server.url), await openDevice('ben', server.url)]
  try {
    const { recordId } = await ada.client.collections.photos.create({ title: 'The pier', tags: ['sea'] })
    await ada.sync()
    await ben.sync()
    say('Both devices have the photo "The pier", tagged sea.')

    for (const device of [ada, ben]) device.network.set(false)
    await ada.client.collections.photos.update(recordId, { title: 'Old pier', tags: ['sea', 'wood'] })
    await ben.client.collections.photos.update(recordId, { tags: ['evening', 'sea'] })
    await ben.client.collections.photos.update(recordId, { title: 'Pier at dusk' })
    say('Offline, Ada adds "wood" and Ben "evening"; both rename the photo.')

    for (const device of [ada, ben, ada]) {
      device.network.set(true)
      await device.sync()
    }
    const photos = await Promise.all([ada, ben].map(({ client }) => client.collections.photos.get(recordId)))
    const asked = await ben.client.conflicts.list()
    say(`The tags merged: Ada sees ${String(photos[0]?.tags)}, Ben sees ${String(photos[1]?.tags)}.`)
    for (const { fields, mine, theirs } of asked) {
      const titles = [mine, theirs].map((side) => JSON.stringify(side?.['title']))
      say(`Ben is asked about ${fields.join()}: ${titles.join(' or ')}?`)
    }
    return { photos, asked }
  } finally {
    await ada.client.close()
    await ben.client.close()
    await server.stop()
  }
}
