import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { expect, test } from 'vitest'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device } from '../harness/world.ts'

const histories = 1_000
/** Histories of different records that go in one drain. */
const together = 25

/** How exact preflight has to be for each strategy; the others look at values. */
const collections = {
  asked: 'exact',
  locked: 'exact',
  mourned: 'exact',
  tasks: 'exact',
  latest: 'superset',
  official: 'superset',
} as const
type Name = keyof typeof collections
const names = Object.keys(collections) as Name[]

/** No two values are equal: where nobody reads values, it must not matter. */
const patchOf = (random: SeededRandom, value: number): Record<string, unknown> => {
  const all = { title: `title ${value}`, text: `text ${value}`, votes: value }
  const chosen = Object.entries(all).filter(() => random.between(0, 2) === 0)
  return chosen.length === 0 ? { title: all.title } : Object.fromEntries(chosen)
}

interface Writer {
  readonly device: Device
  readonly random: SeededRandom
  readonly next: () => number
}

/** A write to a record that may be gone; refused locally then. */
const write = async ({ device, random, next }: Writer, collection: Name, id: string): Promise<void> => {
  const records = device.client.collections[collection]
  const value = next()
  const kind = random.between(0, 9)
  const done =
    kind === 0
      ? records.delete(id)
      : kind === 1
        ? records.create({ id, title: `title ${value}`, text: `text ${value}`, votes: value })
        : kind === 2 && collection === 'tasks'
          ? device.client.collections.tasks.run.rename(id, { title: `title ${value}` })
          : records.update(id, patchOf(random, value))
  await done.catch(() => undefined)
}

interface History {
  readonly random: SeededRandom
  readonly collection: Name
  readonly ids: readonly string[]
}

const drawHistory = (history: number): History => {
  const random = createSeededRandom(`preflight ${history}`)
  const ids = Array.from({ length: random.between(2, 6) }, (_, index) => `h${history}-${index}`)
  return { random, collection: names[history % names.length] ?? 'asked', ids }
}

const isName = (name: string): name is Name => Object.hasOwn(collections, name)

const key = (collection: string, id: string): string => `${collection}/${id}`

test(
  `[PF4] over ${histories} histories without a foreign write in between, what then conflicts was named; exactly that, where values are not read`,
  { timeout: 900_000 },
  async () => {
    await using world = await openWorld()
    const [mine, theirs] = [await world.device('mine'), await world.device('theirs')]
    let count = 0
    const next = (): number => (count += 1)
    const seen = { named: 0, conflicted: 0, lost: 0 }
    const wrong: string[] = []

    for (let round = 0; round < histories; round += together) {
      const all = Array.from({ length: together }, (_, index) => drawHistory(round + index))
      for (const { collection, ids } of all)
        for (const id of ids)
          await theirs.client.collections[collection].create({ id, title: 'old', text: 'old' })
      await theirs.settle()
      await mine.settle()
      for (const device of [mine, theirs]) device.client.pause()
      for (const { random, collection, ids } of all)
        for (let writes = random.between(0, 6); writes > 0; writes -= 1)
          await write({ device: theirs, random, next }, collection, random.pick(ids))
      await theirs.settle()
      theirs.client.pause()
      for (const { random, collection, ids } of all)
        for (let writes = random.between(1, 8); writes > 0; writes -= 1)
          await write({ device: mine, random, next }, collection, random.pick([...ids, `${ids[0]}-new`]))

      const { entities } = await mine.client.preflight()
      const undecided = await mine.client.operations.list({ status: 'PENDING' })
      await mine.settle()
      mine.client.pause()
      const namedAs = (...levels: readonly string[]): ReadonlySet<string> =>
        new Set(
          entities.filter(({ risk }) => levels.includes(risk)).map((one) => key(one.collection, one.id)),
        )
      const [high, atRisk] = [namedAs('HIGH'), namedAs('MEDIUM', 'HIGH')]
      const conflicted = new Set<string>()
      for (const { id, collection, recordId } of undecided) {
        const decided = await mine.client.operations.get(id)
        const name = key(collection, recordId)
        if (decided?.status === 'CONFLICT' || decided?.status === 'REJECTED') conflicted.add(name)
        if (decided?.fate.kind === 'applied' && (decided.fate.lost?.length ?? 0) > 0) {
          seen.lost += 1
          if (!atRisk.has(name)) wrong.push(`${name} lost a value and was not named`)
        }
      }
      for (const name of conflicted) if (!high.has(name)) wrong.push(`${name} conflicted and was not named`)
      const exact = ({ collection, id }: { readonly collection: string; readonly id: string }): boolean =>
        isName(collection) && collections[collection] === 'exact' && high.has(key(collection, id))
      for (const one of entities.filter(exact))
        if (!conflicted.has(key(one.collection, one.id)))
          wrong.push(`${key(one.collection, one.id)} was named (${one.reason}) and did not conflict`)
      seen.named += high.size
      seen.conflicted += conflicted.size
      for (const { id } of await mine.client.conflicts.list())
        await mine.client.conflicts.resolve(id, 'theirs')
    }
    figure(
      `${histories} histories: ${seen.named} records named, ${seen.conflicted} conflicted, ` +
        `${seen.lost} operations lost a value, ${wrong.length} records wrong`,
    )
    expect(wrong.slice(0, 10)).toEqual([])
    expect(seen.conflicted).toBeGreaterThan(200)
    expect(seen.lost).toBeGreaterThan(50)
  },
)
