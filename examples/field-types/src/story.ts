import { createSyncClient, manualConnectivity, type RecordOf } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { changeAsAda, changeAsBen } from './changes.ts'
import { openEditor } from './editor.ts'
import { schema } from './schema.ts'
import { startServer } from './server.ts'

type Note = RecordOf<(typeof schema)['collections']['notes']>

/** The note as both devices show it in the end. */
export const tellStory = async (say: (line: string) => void): Promise<readonly (Note | undefined)[]> => {
  const server = await startServer()
  const network = manualConnectivity()
  const [ada, ben] = await Promise.all(
    (['ada', 'ben'] as const).map((user) =>
      createSyncClient({
        schema,
        user,
        storage: memoryStorage(),
        transport: trpcTransport({ url: server.url, path: '', headers: () => ({ authorization: user }) }),
        scopes: ['team-1'],
        connectivity: network,
      }),
    ),
  )
  if (ada === undefined || ben === undefined) throw new Error('There are two devices.')
  try {
    const { recordId } = await ada.collections.notes.create({ body: 'Buy milk.', tags: ['draft', 'idea'] })
    for (const { syncNow } of [ada, ben]) await syncNow()
    network.set(false)
    say('Offline, Ada and Ben both change the same note.')
    await changeAsAda(ada, recordId)
    await changeAsBen(ben, recordId)
    network.set(true)
    for (const { syncNow } of [ada, ben, ada]) await syncNow()
    const notes = await Promise.all([ada, ben].map(({ collections }) => collections.notes.get(recordId)))
    const [{ votes, tags, bid, body } = { votes: 0, tags: [], bid: 0, body: '' }] = notes
    say(`Ada and Ben see ${votes} votes, the tags ${tags.join(', ')}, the largest bid ${bid},`)
    say(`and the text: "${body}"`)
    const editor = await openEditor(ada, recordId)
    editor.text.insert(0, 'To do: ')
    await editor.close()
    for (const { syncNow } of [ada, ben]) await syncNow()
    return await Promise.all([ada, ben].map(({ collections }) => collections.notes.get(recordId)))
  } finally {
    await Promise.all([ada.close(), ben.close()])
    await server.stop()
  }
}
