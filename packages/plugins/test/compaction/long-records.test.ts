import {
  add,
  collection,
  counter,
  createSyncClient,
  defineSchema,
  increment,
  lastWriteWins,
  orSet,
  remove,
} from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { otText, textEdit } from '@holdfast/plugins/ot'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        title: z.string(),
        body: otText(),
        tags: orSet(z.string()),
        votes: counter(),
      }),
      conflict: lastWriteWins(),
    }),
  },
})

const openDevice = async (user: string, server: ReturnType<typeof localServer>, isCompacting: boolean) => {
  const environment = manualEnvironment()
  const client = await createSyncClient({
    schema,
    user,
    storage: memoryStorage(),
    transport: server(user),
    scopes: [scope],
    plugins: isCompacting ? [compaction({ threshold: 1_000_000, perRecord: 1_000_000 })] : [],
    autoStart: false,
    environment,
    limits: { maxOps: 10_000 },
  })
  return {
    client,
    notes: client.collections.notes,
    async compact(): Promise<number> {
      const [plugin] = Object.values(client.plugins)
      return plugin === undefined ? 0 : plugin.compact(scope)
    },
    async sync() {
      client.start()
      for (let state = await client.syncNow(); state.status !== 'synced'; state = await client.syncNow())
        environment.advance(60_000)
      client.pause()
      expect(await client.deadLetters.list()).toEqual([])
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** More edits than one step looks at, of fields whose deltas build on each other; then some more, and a stranger's. */
const write = async (edits: number, isCompacting: boolean) => {
  const server = localServer({ schema })
  await using mine = await openDevice('mine', server, isCompacting)
  await using theirs = await openDevice('theirs', server, false)
  await theirs.notes.create({ id: 'r', title: 'new', body: '......', tags: ['old'] })
  await theirs.sync()
  await mine.sync()
  for (let edit = 0; edit < edits; edit += 1) {
    const tag = `tag ${edit % 7}`
    if (edit % 10 === 0) await mine.notes.update('r', { body: textEdit([1 + (edit % 3), `${edit % 7}`]) })
    await mine.notes.update('r', { tags: edit % 3 === 0 ? remove(tag) : add(tag) })
    if (edit % 50 === 0) await mine.notes.update('r', { votes: increment(2), title: `title ${edit}` })
  }
  const folded = await mine.compact()
  await mine.notes.update('r', { tags: remove('tag 1', 'old'), body: textEdit(['first ']) })
  await mine.notes.update('r', { votes: increment(-1) })
  await theirs.notes.update('r', { body: textEdit([1, ' theirs']), tags: add('tag 1'), votes: increment(5) })
  await theirs.sync()
  await mine.sync()
  await theirs.sync()
  expect(await mine.notes.get('r')).toEqual(await theirs.notes.get('r'))
  const operations = await mine.client.operations.list({ status: 'COMPLETED' })
  return { note: await mine.notes.get('r'), folded, sent: operations.length }
}

test.each([200, 600])(
  '[CP1] [CP10] deltas that build on each other may be very many: %i edits',
  { timeout: 60_000 },
  async (edits) => {
    const plain = await write(edits, false)
    const compacted = await write(edits, true)
    expect(compacted.note).toEqual(plain.note)
    expect(compacted.folded).toBeGreaterThan(edits)
    expect(compacted.sent).toBeLessThan(10)
    expect(plain.sent).toBeGreaterThan(edits)
  },
)
