import { withServer } from '@holdfast-examples/support'
import type { OpenConflict, RecordOf } from '@holdfast/core'
import { schema } from './schema.ts'

type Photo = RecordOf<(typeof schema)['collections']['photos']>

export interface Ending {
  /** The photo as each device shows it in the end. */
  readonly photos: readonly (Photo | undefined)[]
  /** What the strategies left to a person. */
  readonly asked: readonly OpenConflict[]
}

/** Ada and Ben tag one photo while they are offline, and rename it too. */
export const tellStory = (say: (line: string) => void): Promise<Ending> =>
  withServer({ schema }, async ({ open }) => {
    const [ada, ben] = [await open('ada'), await open('ben')]
    const { recordId } = await ada.collections.photos.create({ title: 'The pier', tags: ['sea'] })
    await ada.sync()
    await ben.sync()
    say('Both devices have the photo "The pier", tagged sea.')

    await ada.collections.photos.update(recordId, { title: 'Old pier', tags: ['sea', 'wood'] })
    await ben.collections.photos.update(recordId, { tags: ['evening', 'sea'] })
    await ben.collections.photos.update(recordId, { title: 'Pier at dusk' })
    say('Offline, Ada adds "wood" and Ben "evening"; both rename the photo.')

    for (const device of [ada, ben, ada]) await device.sync()
    const photos = await Promise.all([ada, ben].map(({ collections }) => collections.photos.get(recordId)))
    const asked = await ben.conflicts.list()
    say(`The tags merged: Ada sees ${String(photos[0]?.tags)}, Ben sees ${String(photos[1]?.tags)}.`)
    for (const { fields, mine, theirs } of asked) {
      const titles = [mine, theirs].map((side) => JSON.stringify(side?.['title']))
      say(`Ben is asked about ${fields.join()}: ${titles.join(' or ')}?`)
    }
    return { photos, asked }
  })
