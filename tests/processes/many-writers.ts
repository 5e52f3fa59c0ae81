import type { PushAnswer, WireOperation } from '@holdfast/core/protocol'
import type { Transport } from '@holdfast/core/trpc'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { createReader, type Reader } from './reader.ts'
import { createSequence } from './sequence-feed.ts'
import { startServerProcess } from './start-server-process.ts'
import { createWriter, type Writer } from './writer.ts'

export interface ManyWriters {
  readonly database: TestDatabase
  readonly processes: number
  readonly writers: number
  /** Each writer creates so many records of its own. */
  readonly creates: number
  /** Each writer updates each of so many shared records once. */
  readonly shared: number
  readonly batch: number
  readonly commitDelayMs: number
  /** With the planted fault. */
  readonly sequenceFeed: boolean
}

export interface Seen {
  readonly records: number
  readonly pushes: number
  readonly pulls: number
  /** Records that the reader never got, or not in their last version. */
  readonly lost: readonly string[]
  readonly wentDown: number
  readonly seconds: number
}

const applied = ({ results }: PushAnswer): void => {
  const other = results.find(({ kind }) => kind !== 'applied' && kind !== 'merged')
  if (other !== undefined) throw new Error(`A push was answered with ${JSON.stringify(other)}`)
}

const shuffled = <TItem>(items: readonly TItem[]): readonly TItem[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ item }) => item)

const shareId = (index: number): string => `shared-${index}`

const createShared = async (transport: Transport, shared: number): Promise<void> => {
  const writer = createWriter('setup')
  const operations = Array.from({ length: shared }, (_, index) => {
    const recordId = shareId(index)
    return writer.operation({
      collection: 'latest',
      recordId,
      type: 'create',
      fields: { id: recordId, title: 'zero' },
    })
  })
  applied(await writer.push(transport, operations))
}

/** One writer's batches: its creates and updates in random order. */
const batchesOf = (
  writer: Writer,
  name: string,
  { creates, shared, batch }: ManyWriters,
): readonly (readonly WireOperation[])[] => {
  const create = Array.from({ length: creates }, (_, index) => ({
    collection: 'tasks',
    recordId: `${name}-${index}`,
    type: 'create',
    fields: { id: `${name}-${index}`, title: `task ${index} of ${name}` },
  }))
  const update = Array.from({ length: shared }, (_, index) => ({
    collection: 'latest',
    recordId: shareId(index),
    type: 'update',
    fields: { title: `by ${name}` },
  }))
  const operations = shuffled([...create, ...update]).map((sketch) => writer.operation(sketch))
  return Array.from({ length: Math.ceil(operations.length / batch) }, (_, index) =>
    operations.slice(index * batch, (index + 1) * batch),
  )
}

/** What the reader lacks of what the database holds. */
const lostBy = async (reader: Reader, { prisma }: TestDatabase) => {
  const rows = await prisma.holdfastRecord.findMany()
  const keys = rows.map(
    ({ collection, recordId, version }) => [`${collection}/${recordId}`, version] as const,
  )
  const lost = keys.filter(([key, version]) => reader.versions.get(key) !== Number(version))
  return { records: rows.length, lost: lost.map(([key]) => key) }
}

/** Writers push at once to several server processes, while a reader pulls all the time. */
export const runManyWriters = async (options: ManyWriters): Promise<Seen> => {
  await using stack = new AsyncDisposableStack()
  const { database, commitDelayMs, sequenceFeed } = options
  // By one alone: PostgreSQL refuses one of two that create it at once, IF NOT EXISTS or not.
  if (sequenceFeed) await createSequence(database.prisma)
  const settings = { database: database.url, commitDelayMs, sequenceFeed }
  const servers = await Promise.all(
    Array.from({ length: options.processes }, () => startServerProcess(settings)),
  )
  for (const server of servers) stack.use(server)
  const transportOf = (user: string, turn: number): Transport => {
    const server = servers[turn % servers.length]
    if (server === undefined) throw new Error('There is no server process.')
    return server.transport(user)
  }

  const start = performance.now()
  await createShared(transportOf('setup', 0), options.shared)
  let pushes = 0
  const write = async (turn: number): Promise<void> => {
    const name = `writer-${turn}`
    const writer = createWriter(name)
    const transport = transportOf(name, turn)
    for (const operations of batchesOf(writer, name, options)) {
      applied(await writer.push(transport, operations))
      pushes += 1
    }
  }
  const reader = createReader('reader')
  const written = new AbortController()
  const read = async (): Promise<void> => {
    for (let turn = 0; !written.signal.aborted; turn += 1) await reader.pull(transportOf('reader', turn))
    for (let turn = 0; await reader.pull(transportOf('reader', turn)); turn += 1);
  }
  const reading = read()
  try {
    await Promise.all(Array.from({ length: options.writers }, (_, turn) => write(turn)))
  } finally {
    written.abort()
    await reading
  }
  const seconds = (performance.now() - start) / 1000
  return {
    ...(await lostBy(reader, database)),
    pushes,
    pulls: reader.pulls(),
    wentDown: reader.wentDown(),
    seconds,
  }
}
