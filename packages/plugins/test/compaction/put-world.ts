import {
  collection,
  createSyncClient,
  defineField,
  definePlugin,
  defineSchema,
  lastWriteWins,
  type CompactableRecord,
  type ConflictStrategy,
  type Operation,
  type SyncEvent,
  type Transport,
} from '@holdfast/core'
import { compactionPart } from '@holdfast/core/parts'
import { type Verdict, type WireOperation } from '@holdfast/core/protocol'
import { compaction } from '@holdfast/plugins/compaction'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect } from 'vitest'
import { z } from 'zod'
import { countedStorage } from '../../../core/test/support/counted-storage.ts'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { lines } from '../../../core/test/support/placed-text.ts'
import { localServer, scope, twisted } from '../../../core/test/support/transports.ts'
import { testEnvironment } from '../../../server/test/support/world.ts'

const fields = z.object({
  id: z.string(),
  title: z.string().default(''),
  text: z.string().default(''),
  body: defineField(z.string(), lines),
})

/** It says that it settles each field by itself, and asks about titles all the same. */
const asksUnannounced: ConflictStrategy = {
  name: 'asksUnannounced',
  perField: true,
  resolve: ({ fields: disputed }) =>
    disputed.includes('title') ? { take: 'ask', fields: ['title'] } : { take: 'local' },
}

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    latest: collection({ fields, conflict: lastWriteWins() }),
    asked: collection({ fields, conflict: asksUnannounced }),
  },
})
type Subject = keyof (typeof schema)['collections']

/** An operation as the server got it, and what it said. */
interface Sent extends WireOperation {
  readonly verdict: Verdict['kind'] | undefined
}

const looking = (offered: Operation[]) =>
  definePlugin({
    name: 'looking',
    parts: [compactionPart],
    hooks: {
      compactQueue(record: CompactableRecord) {
        offered.push(...record.operations)
        return record
      },
    },
  })

/** Ann compacts, Ben does not; both have the record `r`. */
export const openPutWorld = async (subject: Subject) => {
  const time = testEnvironment()
  const server = localServer({ schema, store: memoryServerStore(), environment: time })
  let now = 1_750_000_000_000
  const environments: ReturnType<typeof manualEnvironment>[] = []
  const sent: Sent[] = []
  const offered: Operation[] = []
  const disk = countedStorage()
  const listening = (real: Transport): Transport => ({
    ...real,
    async push(input, options) {
      const answer = await real.push(input, options)
      const results = answer.kind === 'answer' ? answer.results : []
      const kindOf = (id: string): Verdict['kind'] | undefined => {
        const result = results.find((one) => one.id === id)
        return result === undefined || result.kind === 'retry' || result.kind === 'duplicate'
          ? undefined
          : result.kind
      }
      sent.push(...input.operations.map((one) => ({ ...one, verdict: kindOf(one.id) })))
      return answer
    },
  })
  const wire = twisted(listening(server('ann')))
  const device = async (user: string, transport: Transport) => {
    const environment = manualEnvironment(now)
    environments.push(environment)
    const client = await createSyncClient({
      schema,
      user,
      storage: user === 'ann' ? disk : memoryStorage(),
      transport,
      scopes: [scope],
      plugins: user === 'ann' ? [looking(offered), compaction()] : [],
      autoStart: false,
      environment,
    })
    return {
      client,
      records: client.collections[subject],
      async sync() {
        client.start()
        const state = await client.syncNow()
        client.pause()
        return state.status
      },
      [Symbol.asyncDispose]: () => client.close(),
    }
  }
  const [ann, ben] = [await device('ann', wire), await device('ben', server('ben'))]
  await ben.records.create({ id: 'r', title: 'new', body: 'a' })
  await ben.sync()
  await ann.sync()
  const events: SyncEvent[] = []
  ann.client.events$.subscribe((event) => events.push(event))
  return {
    ann,
    ben,
    wire,
    /** Ann's. */
    disk,
    sent,
    /** What could be folded, each time that somebody asked. */
    offered,
    /** Kind and verdict of all that Ann sent. */
    said: () => sent.map(({ type, verdict }) => `${type} ${verdict}`),
    rounds: () => events.filter(({ type }) => type === 'madeAgain').length,
    pass(ms: number) {
      now += ms
      time.at(now)
      for (const environment of environments) environment.advance(ms)
    },
    async [Symbol.asyncDispose]() {
      const payloads = new Map(sent.map(({ id, payload }) => [id, payload]))
      expect(sent.every(({ id, payload }) => payloads.get(id) === payload)).toBe(true)
      for (const one of [ann, ben]) await one[Symbol.asyncDispose]()
    },
  }
}
export type PutWorld = Awaited<ReturnType<typeof openPutWorld>>
