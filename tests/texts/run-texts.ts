import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import * as Y from 'yjs'
import { decodePortable } from '../../packages/core/src/base/codec.ts'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { startProxy } from '../harness/proxy.ts'
import { startServer } from '../harness/server.ts'
import { openTextDevice, type TextDevice } from './device.ts'
import { textSchema } from './schema.ts'

export interface TextsOptions {
  readonly seed: string
  readonly devices: number
  /** Of each device. */
  readonly edits: number
  readonly notes: number
}

export interface TextsResult {
  readonly edits: number
  readonly operations: number
  readonly syncs: number
  /** Requests or answers that were lost on the way. */
  readonly lost: number
  /** Operations that were made again. */
  readonly remade: number
  /** What did not come out the same, in words. */
  readonly differences: readonly string[]
  /** Characters of all notes. */
  readonly characters: number
  /** Bytes of the largest document. */
  readonly largest: number
}

/** Devices write into the same notes, mostly apart, and meet now and then over a network that loses some of it. */
export const runTexts = async ({
  seed,
  devices: count,
  edits,
  notes,
}: TextsOptions): Promise<TextsResult> => {
  const random = createSeededRandom(seed)
  using folder = temporaryFolder()
  const database = await createSqliteDatabase()
  const server = await startServer({ schema: textSchema, database })
  const proxy = await startProxy(server.url)
  const network = random.fork('network')
  let lost = 0
  let isSound = false
  proxy.decide = () => {
    if (isSound || !network.chance(0.25)) return undefined
    lost += 1
    return { kind: network.pick(['cutBefore', 'cutAfter'] as const) }
  }
  const names = Array.from({ length: count }, (_, index) => `device-${index}`)
  for (const name of names) server.tokens.set(`token of ${name}`, { id: name })
  const devices = await Promise.all(
    names.map((name, index) =>
      openTextDevice({
        name,
        url: proxy.url,
        random: random.fork(name),
        storage:
          index % 2 === 0
            ? sqliteStorage({ filename: folder.path(`${name}.db`), durability: 'normal' })
            : memoryStorage(),
      }),
    ),
  )
  const ids = Array.from({ length: notes }, (_, index) => `note-${index}`)
  try {
    const [first] = devices
    for (const id of ids) await first?.client.collections.notes.create({ id })
    for (const device of devices) await device.sync()
    const syncs = await writeApart(devices, ids, edits, random.fork('plan'))
    isSound = true
    for (let round = 0; round < 2; round += 1) for (const device of devices) await device.sync()
    return { ...(await compare(devices, ids)), edits: edits * count, syncs, lost }
  } finally {
    for (const device of devices) await device.close()
    await proxy[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await database.close()
  }
}

/** Each device makes all its edits, in batches; between two of them it may or may not sync. */
const writeApart = async (
  devices: readonly TextDevice[],
  ids: readonly string[],
  edits: number,
  random: SeededRandom,
): Promise<number> => {
  const left = devices.map((device) => ({ device, edits }))
  let syncs = 0
  for (;;) {
    const open = left.filter((one) => one.edits > 0)
    if (open.length === 0) return syncs
    const one = random.pick(open)
    const batch = Math.min(one.edits, random.between(1, 40))
    one.edits -= batch
    await one.device.edit(random.pick(ids), batch)
    if (!random.chance(0.15)) continue
    await one.device.sync()
    syncs += 1
  }
}

/** What a sync brought reaches an editor by and by. */
const comesToShow = async (shown: TextDevice['shown'], id: string, expected: string): Promise<boolean> => {
  for (let turn = 0; turn < 1_000; turn += 1) {
    if ((shown().get(id) ?? expected) === expected) return true
    await new Promise((resolve) => setImmediate(resolve))
  }
  return false
}

interface Delivered {
  readonly $deltas?: { readonly body?: Uint8Array }
}

const compare = async (
  devices: readonly TextDevice[],
  ids: readonly string[],
): Promise<Pick<TextsResult, 'operations' | 'remade' | 'differences' | 'characters' | 'largest'>> => {
  const plain = new Map(ids.map((id) => [id, new Y.Doc()]))
  const differences: string[] = []
  let [operations, remade] = [0, 0]
  for (const [index, { client }] of devices.entries()) {
    for (const { recordId, payload, status } of await client.operations.list()) {
      if (status === 'SUPERSEDED') remade += 1
      else if (status !== 'COMPLETED') differences.push(`an operation of device ${index} is ${status}`)
      if (status !== 'COMPLETED') continue
      operations += 1
      const { $deltas } = decodePortable(payload) as unknown as Delivered
      const document = plain.get(recordId)
      if (document !== undefined && $deltas?.body !== undefined) Y.applyUpdate(document, $deltas.body)
    }
  }
  let [characters, largest] = [0, 0]
  for (const [id, document] of plain) {
    const expected = document.getText('text').toJSON()
    characters += expected.length
    largest = Math.max(largest, Y.encodeStateAsUpdateV2(document).length)
    for (const [index, { client, shown }] of devices.entries()) {
      const body = (await client.collections.notes.get(id))?.body
      if (body !== expected) differences.push(`${id} of device ${index} is not what plain Yjs makes of it`)
      if (!(await comesToShow(shown, id, expected)))
        differences.push(`the editor of ${id} on device ${index} shows something else`)
    }
  }
  return { operations, remade, differences, characters, largest }
}
