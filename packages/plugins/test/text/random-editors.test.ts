import { createSyncClient, type FieldState, type Transport } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import type { OpenText } from '@holdfast/plugins/text'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { decodePortable } from '../../../core/src/base/codec.ts'
import { manualEnvironment, type ManualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { noteSchema, type NoteClient } from '../support/text-devices.ts'
import { bodyOf, openEditor, shows } from './editors.ts'

/** Words that are everywhere, so that no place can be told by what stands there. */
const words = ['a ', 'b ', 'ab ', 'ba ', '. '] as const

/** The server refuses a text with it. */
const forbidden = '!'

const tokens = (text: string): readonly string[] => text.match(/<\d+>/gu) ?? []

const counted = (text: string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const token of tokens(text)) counts.set(token, (counts.get(token) ?? 0) + 1)
  return counts
}

/** A place that is not inside of a token. */
const placeIn = (random: SeededRandom, text: string): number => {
  const at = random.between(0, text.length)
  const inside = /^[^<]*>/u.test(text.slice(at)) && /<[^>]*$/u.test(text.slice(0, at))
  return inside ? text.lastIndexOf('<', at) : at
}

/** The names of the letters that a state shows. */
const lettersOf = ({ hidden }: FieldState): ReadonlySet<string> => {
  const document = new Y.Doc()
  if (hidden instanceof Uint8Array) Y.applyUpdateV2(document, hidden)
  const names = new Set<string>()
  for (let item = document.getText('text')._start; item !== null; item = item.right)
    for (let index = 0; index < item.length && !item.deleted; index += 1)
      names.add(`${item.id.client}.${item.id.clock + index}`)
  return names
}

interface NoteDevice {
  readonly client: NoteClient
  readonly environment: ManualEnvironment
}

/** Which of two at one place comes first is decided by ids: the seed decides them too. */
const openDevice = async (transport: Transport, random: SeededRandom): Promise<NoteDevice> => {
  const newId = (): string => Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('')
  const environment: ManualEnvironment = { ...manualEnvironment(), newId }
  const client = await createSyncClient({
    schema: noteSchema,
    user: 'u',
    storage: memoryStorage(),
    transport,
    scopes: [scope],
    autoStart: false,
    environment,
  })
  return { client, environment }
}

interface Writer {
  readonly device: NoteDevice
  readonly editor: OpenText
  readonly history: Y.UndoManager
  readonly inserted: Set<string>
  readonly removed: Set<string>
}

const openWriter = async (device: NoteDevice): Promise<Writer> => {
  const editor = await openEditor(device.client, device.environment)
  const history = new Y.UndoManager(editor.text, { captureTimeout: 0 })
  return { device, editor, history, inserted: new Set(), removed: new Set() }
}

/** Runs a step of a writer and tells which tokens it has brought and taken. */
const watched = ({ editor }: Writer, step: () => void): { brought: string[]; taken: string[] } => {
  const before = counted(editor.text.toJSON())
  step()
  const after = counted(editor.text.toJSON())
  const more = (left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): string[] =>
    [...left].filter(([token, count]) => count > (right.get(token) ?? 0)).map(([token]) => token)
  return { brought: more(after, before), taken: more(before, after) }
}

const type = (writer: Writer, random: SeededRandom, nextToken: () => string, mayForbid: boolean): void => {
  const { editor, history, inserted, removed } = writer
  const { text, document } = editor
  const shown = text.toJSON()
  const at = placeIn(random, shown)
  const to = Math.max(at, placeIn(random, shown.slice(0, at + random.between(0, 8))))
  const what = random.weighted({ insert: 6, remove: 2, replace: 3 })
  const letters =
    mayForbid && random.chance(0.04) ? forbidden : random.pick([...words, ...words, nextToken()])
  const { brought, taken } = watched(writer, () =>
    document.transact(() => {
      if (what !== 'insert') text.delete(at, to - at)
      if (what !== 'remove') text.insert(at, letters)
    }),
  )
  history.stopCapturing()
  for (const token of brought) inserted.add(token)
  for (const token of taken) removed.add(token)
}

/** What was done by somebody else is neither taken back nor done again. @returns how much was taken back */
const takeBack = async (
  writer: Writer,
  random: SeededRandom,
  owners: Map<string, Writer>,
): Promise<number> => {
  const { device, editor, history, inserted, removed } = writer
  await writeOut(writer, owners)
  await shows(editor, await bodyOf(device.client))
  const { brought, taken } = watched(writer, () => {
    if (random.chance(0.7)) history.undo()
    else history.redo()
  })
  for (const token of taken) expect(inserted).toContain(token)
  for (const token of brought) expect(removed).toContain(token)
  for (const token of brought) inserted.add(token)
  for (const token of taken) removed.add(token)
  const gone = await writeOut(writer, owners)
  expect(gone.filter((letter) => owners.get(letter) !== writer)).toEqual([])
  return gone.length
}

/** Between two of them the device is alone. */
const sync = async ({ client }: NoteDevice): Promise<void> => {
  client.start()
  await client.syncNow()
  client.pause()
}

const stateOf = async ({ client }: NoteDevice): Promise<FieldState> => {
  const state = await client.collections.notes.fieldState('n', 'body')
  if (state === undefined) throw new Error('The note is gone.')
  return state
}

/** @returns the letters that this took away */
const writeOut = async (writer: Writer, owners: Map<string, Writer>): Promise<readonly string[]> => {
  const before = lettersOf(await stateOf(writer.device))
  await writer.editor.flush()
  const after = lettersOf(await stateOf(writer.device))
  for (const letter of after) if (!before.has(letter)) owners.set(letter, writer)
  return [...before].filter((letter) => !after.has(letter))
}

/** The tokens of operations that the server refused. */
const refusedTokens = async ({ client }: NoteDevice): Promise<readonly string[]> => {
  const operations = await client.deadLetters.list()
  return operations.flatMap(({ payload }) => {
    const { $deltas } = decodePortable(payload) as unknown as { readonly $deltas?: { body?: Uint8Array } }
    const { structs } = Y.decodeUpdate($deltas?.body ?? new Uint8Array([0, 0]))
    return structs.flatMap((struct) =>
      struct instanceof Y.Item && struct.content instanceof Y.ContentString ? tokens(struct.content.str) : [],
    )
  })
}

/** What a history came to, so that none of the rules is held by nothing. */
interface Met {
  readonly kept: number
  readonly undone: number
  readonly refused: number
  readonly remade: number
}

const runWriters = async (seed: string, mayForbid: boolean): Promise<Met> => {
  const random = createSeededRandom(seed)
  const authorize = ({
    after,
  }: {
    readonly after?: Readonly<Record<string, unknown>> | undefined
  }): boolean => !String(after?.['body']).includes(forbidden)
  const server = localServer({ schema: noteSchema, authorize })
  const devices: NoteDevice[] = []
  for (const index of Array.from({ length: random.between(2, 3) }).keys())
    devices.push(await openDevice(server(`u-${index}`), random.fork(`ids ${index}`)))
  const meet = async (): Promise<void> => {
    for (let round = 0; round < 3; round += 1) for (const device of devices) await sync(device)
  }
  await devices[0]?.client.collections.notes.create({ id: 'n', body: 'a b a b. a b.' })
  await meet()
  const writers: Writer[] = []
  for (const device of devices) writers.push(await openWriter(device))
  if (random.chance(0.5)) writers.push(await openWriter(random.pick(devices)))
  const owners = new Map<string, Writer>()
  let [made, undone] = [0, 0]
  const nextToken = (): string => `<${(made += 1)}>`

  for (let step = 0; step < 60; step += 1) {
    const writer = random.pick(writers)
    const what = random.weighted({ type: 10, flush: 3, takeBack: 3, sync: 2 })
    if (what === 'type') type(writer, random, nextToken, mayForbid)
    else if (what === 'flush') await writeOut(writer, owners)
    else if (what === 'takeBack') undone += await takeBack(writer, random, owners)
    else await sync(writer.device)
  }
  for (const writer of writers) await writeOut(writer, owners)
  await meet()

  const body = (await bodyOf((devices[0] ?? expect.unreachable()).client)) ?? ''
  for (const { device, editor } of writers) {
    expect(await bodyOf(device.client)).toBe(body)
    await shows(editor, body)
  }
  const refused = (await Promise.all(devices.map(refusedTokens))).flat()
  const removed = new Set([...refused, ...writers.flatMap((writer) => [...writer.removed])])
  const kept = writers.flatMap(({ inserted }) => [...inserted]).filter((token) => !removed.has(token))
  const counts = counted(body)
  const once = Object.fromEntries(kept.map((token) => [token, 1]))
  expect(Object.fromEntries(kept.map((token) => [token, counts.get(token) ?? 0]))).toEqual(once)
  const operations = (await Promise.all(devices.map(({ client }) => client.operations.list()))).flat()
  for (const { editor } of writers) await editor.close()
  for (const { client } of devices) await client.close()
  return {
    kept: kept.length,
    undone,
    refused: operations.filter(({ status }) => status === 'REJECTED').length,
    remade: operations.filter(({ status }) => status === 'SUPERSEDED').length,
  }
}

const runAll = async (name: string, mayForbid: boolean): Promise<Met> => {
  const total = { kept: 0, undone: 0, refused: 0, remade: 0 }
  for (let run = 0; run < runs; run += 1) {
    const met = await runWriters(`${name}/${run}`, mayForbid)
    for (const what of ['kept', 'undone', 'refused', 'remade'] as const) total[what] += met[what]
  }
  return total
}

const runs = 40

test('writers who write, undo and meet at random have one text with all that was typed, and undo only their own', async () => {
  const { kept, undone, refused } = await runAll('writers', false)
  expect(kept).toBeGreaterThan(runs)
  expect(undone).toBeGreaterThan(runs)
  expect(refused).toBe(0)
})

test('so they do where the server refuses some of it', async () => {
  const { kept, undone, refused, remade } = await runAll('refused', true)
  expect(kept).toBeGreaterThan(runs)
  expect(undone).toBeGreaterThan(runs)
  expect(refused).toBeGreaterThan(runs / 2)
  expect(remade).toBeGreaterThan(runs / 2)
})

test('what is made again goes between whole words, where the letter before it is gone too', async () => {
  await runWriters('refused/168', true)
})
