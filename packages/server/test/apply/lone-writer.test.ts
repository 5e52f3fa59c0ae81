import * as fc from 'fast-check'
import type { Result, WireOperation } from '@holdfast/core/protocol'
import { expect, test } from 'vitest'
import { create, memoryWorld, readRow, type TestClient } from '../support/world.ts'

type Step = 'mine' | 'sees' | 'stranger elsewhere'

const record = 'r-1'

/** What a client saw last of the record. */
const seenBy = async (client: TestClient, seen: number): Promise<number> => {
  const page = await client.pull()
  return page.changes.find(({ id }) => id === record)?.version ?? seen
}

const tookEffectWhole = (result: Result): boolean =>
  result.kind === 'applied' || (result.kind === 'merged' && result.lost.length === 0)

/** What an honest verdict says about the value that the field has now. */
const isHonest = (result: Result | undefined, field: string, mine: string, value: unknown): boolean => {
  if (result?.kind === 'conflict') return value === 'stranger' && result.fields.join() === field
  if (result?.kind !== 'merged') return false
  return value === mine ? result.lost.length === 0 : result.lost.join() === field
}

const steps = fc.array(fc.constantFrom<Step>('mine', 'sees', 'stranger elsewhere'), {
  minLength: 10,
  maxLength: 30,
})
const batch = fc.integer({ min: 1, max: 4 })

test('[AP23] a lone writer of a field never meets a conflict, whatever others do elsewhere and however it batches', async () => {
  await fc.assert(
    fc.asyncProperty(steps, batch, async (plan, size) => {
      const world = memoryWorld()
      const [mine, stranger] = [world.client('mine'), world.client('stranger', 'u-2')]
      await mine.push(create(mine, record, { title: 'start' }))
      let seen = 1
      let strangerSaw = 1
      let edits = 0
      let queue: WireOperation[] = []
      const outcomes: Result[] = []
      for (const step of plan) {
        if (step === 'sees') seen = await seenBy(mine, seen)
        else if (step === 'mine') {
          queue.push(mine.operation({ value: { title: `mine ${(edits += 1)}` }, baseVersion: seen }))
        } else {
          const edit = stranger.operation({
            value: { done: edits % 2 === 0, votes: edits },
            baseVersion: strangerSaw,
          })
          outcomes.push(...(await stranger.push(edit)).results)
          strangerSaw = await seenBy(stranger, strangerSaw)
        }
        if (queue.length >= size) {
          outcomes.push(...(await mine.push(...queue)).results)
          queue = []
        }
      }
      outcomes.push(...(await mine.push(...queue)).results)
      expect(outcomes.filter((result) => !tookEffectWhole(result))).toEqual([])
      const row = await readRow(world.store, record)
      expect(row?.data['title']).toBe(edits === 0 ? 'start' : `mine ${edits}`)
    }),
    { numRuns: 200 },
  )
})

const between = fc.record({
  before: fc.integer({ min: 0, max: 5 }),
  after: fc.integer({ min: 1, max: 5 }),
  strangersTime: fc.integer({ min: -1000, max: 1000 }),
})

test.each(['todos', 'notes', 'invoices'])(
  '[AP24] a stranger’s unseen edit of the same field is never overwritten in silence: %s',
  async (collection) => {
    const field = collection === 'notes' ? 'text' : 'title'
    await fc.assert(
      fc.asyncProperty(between, async ({ before, after, strangersTime }) => {
        const world = memoryWorld()
        const [mine, stranger] = [world.client('mine'), world.client('stranger', 'u-2')]
        const rest = collection === 'invoices' ? { cost: 1 } : {}
        await mine.push({ ...create(mine, record, { [field]: 'start', ...rest }), collection })
        const edit = (client: TestClient, text: string, baseVersion: number, timestamp: number) =>
          client.operation({
            collection,
            value: { [field]: text },
            baseVersion,
            timestamp: 1_750_000_000_000 + timestamp,
          })
        for (let at = 1; at <= before; at += 1) await mine.push(edit(mine, `before ${at}`, 1, at))
        await stranger.push(edit(stranger, 'stranger', before + 1, strangersTime))
        for (let at = 1; at <= after; at += 1) {
          const text = `after ${at}`
          const [result] = (await mine.push(edit(mine, text, 1, before + at))).results
          const value = (await readRow(world.store, record, collection))?.data[field]
          expect([result, text, value, isHonest(result, field, text, value)]).toEqual([
            result,
            text,
            value,
            true,
          ])
        }
      }),
      { numRuns: 100 },
    )
  },
)

const order = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 })

test('[AP25] however copies and gaps arrive, each operation is applied once, and the watermark tells the truth', async () => {
  await fc.assert(
    fc.asyncProperty(order, fc.integer({ min: 1, max: 5 }), async (arrivals, size) => {
      const world = memoryWorld()
      const a = world.client('a')
      const operations = Array.from({ length: 12 }, (_, index) =>
        create(a, `r-${index + 1}`, { title: `${index}` }),
      )
      const known = new Set<number>()
      for (let at = 0; at < arrivals.length; at += size) {
        const numbers = arrivals.slice(at, at + size)
        const batchOperations = numbers.flatMap((number) => operations[number - 1] ?? [])
        const { results, decided } = await a.push(...batchOperations)
        results.forEach((result, index) => {
          const number = numbers[index] ?? 0
          const expected = known.has(number) ? 'duplicate' : result.kind
          expect(result.kind).toBe(expected)
          if (result.kind === 'applied') known.add(number)
        })
        let watermark = 0
        while (known.has(watermark + 1)) watermark += 1
        expect(decided).toEqual({
          watermark,
          above: [...known].filter((n) => n > watermark).toSorted((x, y) => x - y),
        })
      }
      const { changes } = await world.client('reader').pull()
      expect(changes.length).toBe(known.size)
      expect(changes.every(({ version }) => version === 1)).toBe(true)
    }),
    { numRuns: 200 },
  )
})
