import { collection, createSyncClient, defineSchema, fieldMerge, type SyncClient } from '@holdfast/core'
import { journal, journalEntries } from '@holdfast/plugins/journal'
import { jsonEdit, otJson, otText, textEdit } from '@holdfast/plugins/ot'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { assert as assertProperty, constantFrom, dictionary, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createOtFieldType } from '../../src/ot/ot-field-type.ts'
import { guardType } from '../../src/ot/ot-type.ts'
import { json1 } from '../../src/ot/json.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    plans: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().default(''),
        document: otJson(z.record(z.string(), z.unknown())),
        words: otText(),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
    journal: journalEntries(),
  },
})
const plugin = journal({ collection: 'journal' })

const openWorld = async () => {
  const server = localServer({ schema, plugins: [plugin] })
  const open = (user: string) =>
    createSyncClient({
      ...{ schema, user, storage: memoryStorage(), transport: server(user) },
      scopes: [scope],
      autoStart: false,
      plugins: [plugin],
    })
  const [ann, ben] = [await open('ann'), await open('ben')]
  await ann.collections.plans.create({ id: 'p', document: { color: 'red', list: ['one'] } })
  const meet = async (): Promise<void> => {
    for (const device of [ann, ben, ann]) {
      device.start()
      await device.syncNow()
      device.pause()
    }
  }
  await meet()
  return {
    ann,
    ben,
    meet,
    async [Symbol.asyncDispose]() {
      await Promise.all([ann.close(), ben.close()])
    },
  }
}

type Device = SyncClient<(typeof schema)['collections']>
type Edit = Parameters<Device['collections']['plans']['update']>[1]

/** Ann's edit is there first; what became of Ben's, and what his device was told of it. */
const meetEdits = async (hers: Edit, his: Edit) => {
  await using world = await openWorld()
  const { ann, ben, meet } = world
  await ann.collections.plans.update('p', hers)
  const { operationId } = await ben.collections.plans.update('p', his)
  await meet()
  const fate = (await ben.operations.get(operationId))?.fate
  const plan = await ann.collections.plans.get('p')
  expect(await ben.collections.plans.get('p')).toEqual(plan)
  expect(await ben.conflicts.list()).toEqual([])
  return {
    lost: fate?.kind === 'applied' ? fate.lost : fate,
    document: plan?.document,
    entries: (await ann.plugins.journal.list()).map(({ field, strategy, kept, local, remote, merged }) => ({
      ...{ field, strategy, kept, local, remote, merged },
    })),
  }
}

const set = (key: string, value: string): Edit => ({
  document: jsonEdit([key, { r: true, i: value }]),
})

describe('[OT09] of two that write one place of a document', () => {
  test('the second is told that its value does not stand, and the journal has it', async () => {
    expect(await meetEdits(set('color', 'green'), set('color', 'blue'))).toEqual({
      lost: ['document'],
      document: { color: 'green', list: ['one'] },
      entries: [
        {
          ...{ field: 'document', strategy: 'otJson', kept: 'remote', merged: undefined },
          local: { color: 'blue', list: ['one'] },
          remote: { color: 'green', list: ['one'] },
        },
      ],
    })
  })

  test('what does not collide stands, also in the same edit', async () => {
    const his: Edit = {
      document: jsonEdit([
        ['color', { r: true, i: 'blue' }],
        ['size', { i: 3 }],
      ]),
    }
    expect(await meetEdits(set('color', 'green'), his)).toEqual({
      lost: ['document'],
      document: { color: 'green', size: 3, list: ['one'] },
      entries: [
        {
          ...{ field: 'document', strategy: 'otJson', kept: 'merged' },
          local: { color: 'blue', size: 3, list: ['one'] },
          remote: { color: 'green', list: ['one'] },
          merged: { color: 'green', size: 3, list: ['one'] },
        },
      ],
    })
  })

  test('undone from the journal the second value stands', async () => {
    await using world = await openWorld()
    const { ann, ben, meet } = world
    await ann.collections.plans.update('p', set('color', 'green'))
    await ben.collections.plans.update('p', set('color', 'blue'))
    await meet()
    const [entry] = await ben.plugins.journal.list()
    await ben.plugins.journal.undo(entry?.id ?? '')
    await meet()
    expect((await ann.collections.plans.get('p'))?.document).toEqual({ color: 'blue', list: ['one'] })
  })

  test('a later operation on top of one that waits is judged by itself', async () => {
    await using world = await openWorld()
    const { ann, ben, meet } = world
    await ann.collections.plans.update('p', set('color', 'green'))
    const first = await ben.collections.plans.update('p', set('color', 'blue'))
    const second = await ben.collections.plans.update('p', { document: jsonEdit(['size', { i: 3 }]) })
    await meet()
    const fateOf = async (id: string) => (await ben.operations.get(id))?.fate
    expect(await fateOf(first.operationId)).toMatchObject({ kind: 'applied', lost: ['document'] })
    expect(await fateOf(second.operationId)).toMatchObject({ kind: 'applied', lost: [] })
  })
})

test.each<[string, Edit, Edit]>([
  ['other places', set('color', 'green'), { document: jsonEdit(['size', { i: 3 }]) }],
  ['the same value', set('color', 'green'), set('color', 'green')],
  [
    'one place of a list, where both are inserted',
    { document: jsonEdit(['list', 0, { i: 'a' }]) },
    { document: jsonEdit(['list', 0, { i: 'b' }]) },
  ],
  ['one place of a text', { words: textEdit(['a']) }, { words: textEdit(['b']) }],
  ['a plain field beside', { title: 'hers' }, set('color', 'blue')],
])('[OT09] nothing is lost, nor told as lost: %s', async (_name, hers, his) => {
  expect(await meetEdits(hers, his)).toMatchObject({ lost: [], entries: [] })
})

test('[OT09] whichever keys two set: the second has lost where both set one to another value, and is told what it wanted', () => {
  const type = createOtFieldType('otJson', guardType(json1), 200)
  const base = { a: 0, b: 0, c: 0 }
  const applying = (operationId: string, version: number) => ({
    ...{ operationId, version, timestamp: 0, replaying: false },
  })
  const begin = (value: Readonly<Record<string, number>>) => {
    const maker = { operationId: 'begin', baseVersion: 0 }
    const delta = type.prepare(type.empty, { kind: 'set', value }, maker)
    if (delta === undefined) throw new Error('There is something to do.')
    return type.apply(type.empty, delta, applying('begin', 1))
  }
  const patch = dictionary(constantFrom('a', 'b', 'c', 'd'), constantFrom(0, 1, 2), { maxKeys: 4 })
  const counts = { lost: 0, kept: 0 }
  assertProperty(
    property(patch, patch, (hers, his) => {
      const start = begin(base)
      const wish = (value: object, operationId: string) =>
        type.prepare(start, { kind: 'set', value: { ...base, ...value } }, { operationId, baseVersion: 1 })
      const [first, second] = [wish(hers, 'hers'), wish(his, 'his')]
      if (first === undefined || second === undefined) return
      const before = type.apply(start, first, applying('hers', 2))
      const { value } = type.apply(before, second, applying('his', 3))
      const local = type.dropped?.(before, second, applying('his', 3))
      const known: Readonly<Record<string, number>> = base
      const changed = Object.keys(his).filter((key) => his[key] !== known[key])
      const colliding = changed.filter(
        (key) => Object.hasOwn(hers, key) && hers[key] !== known[key] && hers[key] !== his[key],
      )
      const kept = changed.filter((key) => !colliding.includes(key))
      const own = Object.fromEntries(changed.map((key) => [key, his[key]]))
      const standing = Object.fromEntries(kept.map((key) => [key, his[key]]))
      expect(value).toEqual({ ...base, ...hers, ...standing })
      expect(local ?? value).toEqual({ ...base, ...hers, ...own })
      expect(colliding.length > 0 && local === undefined).toBe(false)
      counts[colliding.length > 0 ? 'lost' : 'kept'] += 1
    }),
    { numRuns: 3_000 },
  )
  expect(Math.min(counts.lost, counts.kept)).toBeGreaterThan(300)
})
