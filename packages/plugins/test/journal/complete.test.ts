import { isSyncError } from '@holdfast/core'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { journal, type JournalEntry, type JournalOptions } from '@holdfast/plugins/journal'
import { expect, test } from 'vitest'
import { createOracle } from './oracle.ts'
import { openWorld, type Device, type Settling } from './support.ts'

const names: readonly Settling[] = ['latest', 'official', 'nested', 'joined', 'doomed', 'retried']
const ids = ['a', 'b'] as const

/** Some write that this device can make. */
const write = async ({ client, environment }: Device, random: SeededRandom, text: string): Promise<void> => {
  environment.advance(random.between(0, 3))
  const name = random.pick(names)
  const id = random.pick(ids)
  const notes = client.collections[name]
  if ((await notes.get(id)) === undefined) return void (await notes.create({ id, title: text }))
  switch (random.weighted({ title: 6, both: 2, remove: 1 })) {
    case 'title':
      return void (await notes.update(id, { title: text }))
    case 'both':
      // A question about the text would hold back what comes after it.
      return void (await notes.update(id, name === 'nested' ? { title: text } : { title: text, text }))
    case 'remove':
      return void (await notes.delete(id))
  }
}

const undoSome = async ({ journal: entries }: Device, random: SeededRandom): Promise<number> => {
  const newest = (await entries.list()).slice(0, 4)
  if (newest.length === 0) return 0
  const { id, kept } = random.pick(newest)
  const take = kept === 'merged' ? { take: random.pick(['local', 'remote'] as const) } : {}
  try {
    await entries.undo(id, { ...take, force: random.chance(0.5) })
    return 1
  } catch (error) {
    if (isSyncError(error) && (error.code === 'INVALID' || error.code === 'NOT_FOUND')) return 0
    throw error
  }
}

const listsOf = (devices: readonly Device[]): Promise<readonly (readonly JournalEntry[])[]> =>
  Promise.all(devices.map((device) => device.journal.list()))

/** Losses that a device was told of, and that are not in the journal. */
const untold = async ({ client }: Device, entries: readonly JournalEntry[]): Promise<readonly string[]> => {
  const kept = new Map(entries.map((entry) => [entry.id, entry.kept]))
  const isTold = (id: string, field: string): boolean => {
    const stood = kept.get(`${id}.${field}`) ?? kept.get(`${id}.$deleted`)
    return stood === 'remote' || stood === 'merged'
  }
  return (await client.operations.list({ status: 'COMPLETED' })).flatMap(({ id, fate }) =>
    fate.kind === 'applied'
      ? fate.lost.filter((field) => !isTold(id, field)).map((field) => `${id}.${field}`)
      : [],
  )
}

interface Lived {
  readonly undone: number
  /** Ids of entries that there should have been. */
  readonly missing: readonly string[]
}

/** Three devices that write, sync and undo by chance. */
const live = async (seed: number, options: Partial<JournalOptions> = {}): Promise<Lived> => {
  const random = createSeededRandom(`journal ${seed}`)
  const oracle = createOracle()
  const plugins = [journal({ collection: 'journal', keep: 10_000, ...options }), oracle]
  await using world = await openWorld({ server: { plugins } })
  const devices = [world.mine, world.theirs, await world.device('cyd')]
  let undone = 0
  for (let round = 0; round < 15; round += 1) {
    for (let step = 0; step < 12; step += 1) await write(random.pick(devices), random, `${round}.${step}`)
    for (const device of devices) if (random.chance(0.5)) undone += await undoSome(device, random)
    for (const device of devices) if (random.chance(0.7)) await device.sync()
  }
  await world.meet()
  const [entries = [], ...others] = await listsOf(devices)
  expect(others).toEqual([entries, entries])

  const known = new Set(entries.map(({ id }) => id))
  expect(oracle.expected.size).toBeGreaterThan(0)
  const missing = [...oracle.expected].filter((id) => !known.has(id))
  for (const device of devices) {
    missing.push(...(await untold(device, entries)))
    expect(await device.client.conflicts.list()).toEqual([])
  }
  return { undone, missing }
}

test('[JN1] [JN6] nothing that somebody wrote is overwritten unseen without an entry, undone or not', async () => {
  let undone = 0
  for (let seed = 0; seed < 12; seed += 1) {
    const lived = await live(seed)
    expect(lived.missing).toEqual([])
    undone += lived.undone
  }
  expect(undone).toBeGreaterThan(12)
})

test('[JN1] planted: a journal that leaves something out is found out', async () => {
  const forgetful = { redact: (entry: JournalEntry) => (entry.collection === 'latest' ? undefined : entry) }
  expect((await live(0, forgetful)).missing).not.toEqual([])
})
