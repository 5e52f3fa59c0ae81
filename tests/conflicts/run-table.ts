import { createSyncClient, type Fate, type RecordData, type SyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { scope, startServer, type TestServer } from '../harness/server.ts'
import { situations, type Author, type Situation, type Step } from './situations.ts'
import { schema, subjects, type Collections, type Subject } from './subjects.ts'

interface Device {
  readonly client: SyncClient<Collections>
  readonly environment: ManualEnvironment
  /** Ids that are given from now on are named after it. */
  readonly nameAfter: (name: string) => void
}

export interface Cell {
  readonly subject: Subject
  readonly situation: Situation
  readonly id: string
  /** The fates of each author's operations, in the order made. */
  readonly fates: Readonly<Record<Author, readonly Fate[]>>
  /** What each author's device shows in the end. */
  readonly shown: Readonly<Record<Author, RecordData | undefined>>
  /** Who is asked, and about what. */
  readonly asked: Readonly<Partial<Record<Author, readonly string[]>>>
}

const authors: readonly Author[] = ['A', 'B', 'C']

/** Any of the collections: their records differ, what a test does to them does not. */
interface AnyCollectionClient {
  create(record: Readonly<Record<string, unknown>>): Promise<{ readonly operationId: string }>
  update(id: string, patch: Readonly<Record<string, unknown>>): Promise<{ readonly operationId: string }>
  delete(id: string): Promise<{ readonly operationId: string }>
  get(id: string): Promise<RecordData | undefined>
  readonly run: Readonly<
    Record<string, (id: string, input: unknown) => Promise<{ readonly operationId: string }>>
  >
}

const collectionOf = ({ client }: Device, { name }: Subject): AnyCollectionClient =>
  client.collections[name] as unknown as AnyCollectionClient

/**
 * The same in each run, and for each place of the table whatever else is done: the order of letters that are typed in one
 * place at the same time follows from them.
 */
const createIds = (author: Author) => {
  const counts = new Map<string, number>()
  let about = 'other'
  return {
    newId(): string {
      const count = (counts.get(about) ?? 0) + 1
      counts.set(about, count)
      return `${author}-${about}-${String(count).padStart(6, '0')}`
    },
    /** What the next ids are for. */
    nameAfter(name: string): void {
      about = name
    },
  }
}

const openDevice = async (server: TestServer, author: Author): Promise<Device> => {
  const { newId, nameAfter } = createIds(author)
  const environment = { ...manualEnvironment(), newId }
  server.tokens.set(`token ${author}`, { id: author })
  const client = await createSyncClient({
    schema,
    user: author,
    storage: memoryStorage(),
    transport: trpcTransport({
      url: `${server.url}/trpc`,
      headers: () => ({ authorization: `Bearer token ${author}` }),
      transformer: 'none',
    }),
    scopes: [scope],
    autoStart: false,
    environment,
  })
  return { client, environment, nameAfter }
}

const sync = async ({ client }: Device): Promise<void> => {
  client.start()
  const state = await client.syncNow()
  if (state.status !== 'synced') throw new Error(`The device is ${JSON.stringify(state)}.`)
  client.pause()
}

const make = async (device: Device, subject: Subject, id: string, step: Step): Promise<string> => {
  const records = collectionOf(device, subject)
  switch (step.kind) {
    case 'create': {
      const title = 'patch' in step.title ? step.title.patch : { title: step.title.append }
      return (await records.create({ id, ...title })).operationId
    }
    case 'delete':
      return (await records.delete(id)).operationId
    case 'write': {
      const { write } = step
      if ('patch' in write) return (await records.update(id, write.patch)).operationId
      const append = records.run['append']
      if (append === undefined) throw new Error(`${subject.name} has no operation.`)
      return (await append(id, { word: write.append })).operationId
    }
  }
}

const initialOf = ({ initial }: Subject, id: string): Readonly<Record<string, unknown>> =>
  initial === undefined ? { id } : { id, title: initial }

const nothingMade = (): Record<Author, string[]> => ({ A: [], B: [], C: [] })

/** What one author does in a row. */
const turnsOf = (steps: readonly Step[]): readonly (readonly Step[])[] => {
  const turns: Step[][] = []
  for (const step of steps) {
    const last = turns.at(-1)
    if (last?.[0]?.by === step.by) last.push(step)
    else turns.push([step])
  }
  return turns
}

/** Every strategy and field type in every situation: devices of three users over a real server. */
export const runTable = async (databaseName: DatabaseName): Promise<readonly Cell[]> => {
  const database = await databases[databaseName]()
  const server = await startServer({ schema, database })
  const devices = {
    A: await openDevice(server, 'A'),
    B: await openDevice(server, 'B'),
    C: await openDevice(server, 'C'),
  }
  const cells = subjects.flatMap((subject) =>
    situations.map((situation, index) => ({ subject, situation, id: `${subject.name}-${index}` })),
  )
  try {
    for (const { subject, situation, id } of cells)
      if (situation.isNew !== true) await collectionOf(devices.A, subject).create(initialOf(subject, id))
    for (const author of authors) await sync(devices[author])

    const made = new Map(cells.map(({ id }) => [id, nothingMade()]))
    for (let turn = 0; turn < authors.length; turn += 1) {
      // Clearly later than the turn before, whoever makes it; and not so far ahead that the server would mind.
      for (const author of authors) devices[author].environment.advance(10_000)
      for (const { subject, situation, id } of cells) {
        for (const step of turnsOf(situation.steps(subject))[turn] ?? []) {
          devices[step.by].nameAfter(id)
          made.get(id)?.[step.by].push(await make(devices[step.by], subject, id, step))
        }
      }
    }
    for (const author of authors) devices[author].nameAfter('other')
    for (const author of [...authors, ...authors]) await sync(devices[author])

    const conflicts = {
      A: await devices.A.client.conflicts.list(),
      B: await devices.B.client.conflicts.list(),
      C: await devices.C.client.conflicts.list(),
    }
    const results: Cell[] = []
    for (const { subject, situation, id } of cells) {
      const fatesOf = async (author: Author): Promise<readonly Fate[]> => {
        const found = await Promise.all(
          (made.get(id)?.[author] ?? []).map((one) => devices[author].client.operations.get(one)),
        )
        return found.flatMap((operation) => operation?.fate ?? [])
      }
      const shownBy = (author: Author) => collectionOf(devices[author], subject).get(id)
      const asked = authors.flatMap((author) => {
        const open = conflicts[author].find((one) => one.recordId === id)
        return open === undefined ? [] : [[author, open.fields] as const]
      })
      results.push({
        subject,
        situation,
        id,
        fates: { A: await fatesOf('A'), B: await fatesOf('B'), C: await fatesOf('C') },
        shown: { A: await shownBy('A'), B: await shownBy('B'), C: await shownBy('C') },
        asked: Object.fromEntries(asked),
      })
    }
    return results
  } finally {
    for (const author of authors) await devices[author].client.close()
    await server[Symbol.asyncDispose]()
    await database.close()
  }
}
