import { collection, createSyncClient, defineSchema, type Portable, type SyncClient } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { trpcTransport } from '@holdfast/core/trpc'
import { jsonEdit, ot, otJson, otText, textEdit, type OtField } from '@holdfast/plugins/ot'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import {
  generateJson,
  generateText,
  plainJson,
  plainText,
  type GenerateOperation,
} from '../../packages/plugins/test/ot/generators.ts'
import { databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { scope, startServer } from '../harness/server.ts'
import { createPlainRun, type PlainRun, type PlainType } from '../../packages/plugins/test/ot/plain-run.ts'

/** @param type in place of that of `otText` */
const schemaWith = (type?: OtField) =>
  defineSchema({
    version: '1.0.0',
    collections: {
      texts: collection({
        fields: z.object({
          id: z.string(),
          body: type === undefined ? otText() : ot('otText', type, z.string()),
        }),
      }),
      documents: collection({ fields: z.object({ id: z.string(), body: otJson(z.unknown()) }) }),
    },
  })

type Device = SyncClient<ReturnType<typeof schemaWith>['collections']>

/** How histories of one type are made and looked at. */
interface Kind {
  readonly type: PlainType
  readonly generate: GenerateOperation
  readonly create: (device: Device, id: string) => Promise<unknown>
  readonly edit: (device: Device, id: string, operation: Portable) => Promise<unknown>
  readonly read: (device: Device, id: string) => Promise<Portable>
}

const texts: Kind = {
  type: plainText,
  generate: generateText,
  create: (device, id) => device.collections.texts.create({ id }),
  edit: (device, id, operation) =>
    device.collections.texts.update(id, { body: textEdit(operation as Parameters<typeof textEdit>[0]) }),
  read: async (device, id) => (await device.collections.texts.get(id))?.body ?? null,
}

const documents: Kind = {
  type: plainJson,
  generate: generateJson,
  create: (device, id) => device.collections.documents.create({ id }),
  edit: (device, id, operation) =>
    device.collections.documents.update(id, { body: jsonEdit(operation as Parameters<typeof jsonEdit>[0]) }),
  read: async (device, id) => ((await device.collections.documents.get(id))?.body ?? null) as Portable,
}

interface History {
  readonly id: string
  readonly kind: Kind
  readonly plain: PlainRun
}

export interface HistoriesOptions {
  readonly database: DatabaseName
  readonly histories: number
  readonly devices: number
  /** In place of that of `otText`. */
  readonly type?: OtField
  /** Told of what differs from the plain run. */
  readonly expectSame: (what: string, shown: Portable, plain: Portable) => void
}

export interface HistoriesResult {
  readonly operations: number
  readonly comparisons: number
  /** Operations that somebody else's had come before meanwhile: those that had to be transformed. */
  readonly concurrent: number
}

const shuffled = <TItem>(items: readonly TItem[], random: SeededRandom): readonly TItem[] =>
  items
    .map((item) => ({ item, place: random.next() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item)

/** So many at a time share each sync. */
const together = 100
const rounds = 5

/**
 * Random histories of texts and documents, by the generators of the types' authors, over devices that sync now and then
 * with a real server. After each sync each device must show what a plain run comes to.
 */
export const runHistories = async (options: HistoriesOptions): Promise<HistoriesResult> => {
  const random = createSeededRandom('ot histories')
  const database = await databases[options.database]()
  const schema = schemaWith(options.type)
  const server = await startServer({ schema, database })
  const devices: readonly Device[] = await Promise.all(
    Array.from({ length: options.devices }, (_, index) => {
      server.tokens.set(`token ${index}`, { id: `u-${index}` })
      const headers = () => ({ authorization: `Bearer token ${index}` })
      return createSyncClient({
        schema,
        user: `u-${index}`,
        storage: memoryStorage(),
        transport: trpcTransport({ url: `${server.url}/trpc`, headers, transformer: 'none' }),
        scopes: [scope],
        autoStart: false,
        pollEvery: 3_600_000,
      })
    }),
  )
  let [operations, comparisons, concurrent] = [0, 0, 0]

  const syncOne = async (device: Device): Promise<void> => {
    device.start()
    const state = await device.syncNow()
    if (state.status !== 'synced') throw new Error(`The device is ${JSON.stringify(state)}.`)
    device.pause()
  }

  const runPortion = async (portion: readonly History[]): Promise<void> => {
    const [first] = devices
    if (first === undefined) return
    await Promise.all(portion.map(({ id, kind }) => kind.create(first, id)))
    for (const device of devices) await syncOne(device)
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, device] of devices.entries()) {
        for (const { id, kind, plain } of portion) {
          const edits = round < rounds ? random.between(0, 2) : 0
          for (let edit = 0; edit < edits; edit += 1) {
            const [operation] = kind.generate(plain.documentOf(index))
            if (operation === null) continue
            plain.edit(index, operation)
            await kind.edit(device, id, operation)
            operations += 1
          }
        }
      }
      // In the last rounds all have everything.
      const all = [...devices.keys()]
      const order =
        round < rounds ? shuffled(all, random).slice(0, random.between(1, all.length)) : [...all, ...all]
      for (const index of order) {
        const device = devices[index]
        if (device === undefined) continue
        await syncOne(device)
        for (const { id, kind, plain } of portion) {
          plain.sync(index)
          const expected = plain.documentOf(index) ?? null
          options.expectSame(
            `${id} on device ${index} in round ${round}`,
            await kind.read(device, id),
            expected,
          )
          comparisons += 1
        }
      }
    }
  }

  try {
    for (let done = 0; done < options.histories; done += together) {
      const count = Math.min(together, options.histories - done)
      const portion = Array.from({ length: count }, (_, index): History => {
        const kind = index % 2 === 0 ? texts : documents
        return { id: `h-${done + index}`, kind, plain: createPlainRun(kind.type, options.devices) }
      })
      await runPortion(portion)
      for (const { plain } of portion) concurrent += plain.concurrent()
    }
    return { operations, comparisons, concurrent }
  } finally {
    for (const device of devices) await device.close()
    await server[Symbol.asyncDispose]()
    await database.close()
  }
}
