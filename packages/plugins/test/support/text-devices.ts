import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  type SyncClient,
  type Transport,
} from '@holdfast/core'
import { text } from '@holdfast/plugins/text'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { scope } from '../../../core/test/support/transports.ts'
import { openDevices, type Devices } from '../../../core/test/support/typed.ts'

export const noteSchema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string().default(''), body: text() }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})

export type NoteCollections = (typeof noteSchema)['collections']
export type NoteClient = SyncClient<NoteCollections>

export interface NoteDevices extends Devices<NoteCollections> {
  readonly mine: NoteClient
  readonly theirs: NoteClient
}

/** Two devices that both have the note `n`. */
export const openNotes = async (body = 'Hello world'): Promise<NoteDevices> => {
  const devices = await openDevices(noteSchema, 2)
  const [mine, theirs] = devices.clients as readonly [NoteClient, NoteClient]
  await mine.collections.notes.create({ id: 'n', body })
  await devices.meet()
  return { ...devices, mine, theirs, [Symbol.asyncDispose]: () => devices[Symbol.asyncDispose]() }
}

export interface NoteDevice extends AsyncDisposable {
  readonly client: NoteClient
  readonly sync: () => Promise<unknown>
}

/** A device of its own, on whatever server. */
export const openDevice = async (transport: Transport): Promise<NoteDevice> => {
  const client = await createSyncClient({
    schema: noteSchema,
    user: 'u',
    storage: memoryStorage(),
    transport,
    scopes: [scope],
    autoStart: false,
    environment: manualEnvironment(),
  })
  return {
    client,
    sync() {
      client.start()
      return client.syncNow()
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
