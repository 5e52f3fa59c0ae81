import type { Portable } from '@holdfast/core'
import { encodePortable, maxRecord } from '@holdfast/core/protocol'
import { journal } from '@holdfast/plugins/journal'
import { expect, test } from 'vitest'
import { failure } from '../../../core/test/support/failure.ts'
import { dispute, later, openWorld } from './support.ts'

const nestedBy = (depth: number): Portable =>
  Array.from({ length: depth }).reduce<Portable>((value) => [value], 'deep')

test('[JN4] values that are longer than an entry may be are left out, and the operation is applied', async () => {
  await using world = await openWorld({ maxCharacters: 100 })
  await dispute(world, 'latest', ['m'.repeat(30), 't'.repeat(66)])
  await dispute(world, 'latest', ['m'.repeat(30), 't'.repeat(67)])
  await dispute(world, 'latest', ['m'.repeat(30), 't'.repeat(30)])
  expect(await world.mine.client.collections.latest.get('r')).toMatchObject({ title: 't'.repeat(30) })
  const entries = await world.mine.journal.list()
  expect(entries.map(({ withheld }) => withheld)).toEqual([undefined, 'tooLarge', undefined])
  expect(entries[1]).toMatchObject({ field: 'title', recordId: 'r', kept: 'local', localBy: 'ben' })
  expect([entries[1]?.local, entries[1]?.remote]).toEqual([undefined, undefined])
  await failure(world.mine.journal.undo(entries[1]?.id ?? ''), 'INVALID')
})

test('[JN4] values that no record could hold beside the rest of an entry cost nobody the operation', async () => {
  await using world = await openWorld({ maxCharacters: 1_000_000 })
  const { mine, theirs, meet } = world
  const { doomed } = mine.client.collections
  await doomed.create({ id: 'r', title: 'start', votes: 1 })
  const part = 'x'.repeat(52_000)
  for (const field of ['text', 'shape', 'first', 'second']) await doomed.update('r', { [field]: part })
  const rest = encodePortable(await doomed.get('r')).length - 'start'.length
  await meet()
  await doomed.update('r', { title: 'x'.repeat(maxRecord - rest) })
  await theirs.client.collections.doomed.delete('r')
  await meet()
  expect(await doomed.get('r')).toBeUndefined()
  expect(await theirs.client.deadLetters.list()).toEqual([])
  expect(await mine.journal.list()).toMatchObject([
    { field: '$deleted', recordId: 'r', withheld: 'tooLarge' },
  ])
})

test('[JN4] nor do values that are nested too deep for it', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  const { latest } = mine.client.collections
  await latest.create({ id: 'r', title: 'start' })
  await meet()
  await latest.update('r', { shape: nestedBy(31) })
  later(world)
  await theirs.client.collections.latest.update('r', { shape: nestedBy(30) })
  await meet()
  expect(encodePortable((await latest.get('r'))?.shape)).toBe(encodePortable(nestedBy(30)))
  expect(await theirs.client.deadLetters.list()).toEqual([])
  expect(await mine.journal.list()).toMatchObject([{ field: 'shape', recordId: 'r', withheld: 'tooLarge' }])
})

test('[JN4] the app says on the server what may be known of a value, or that nothing may be', async () => {
  await using world = await openWorld({
    redact: (entry) =>
      entry.collection === 'official'
        ? undefined
        : entry.local === 'secret'
          ? { ...entry, local: '***' }
          : entry,
  })
  await dispute(world, 'latest', ['mine', 'secret'])
  await dispute(world, 'latest', ['mine', 'open'])
  await dispute(world, 'official', ['mine', 'theirs'])
  const entries = await world.mine.journal.list()
  expect(entries).toMatchObject([
    { local: 'open', remote: 'mine', withheld: undefined },
    { local: '***', remote: 'mine', withheld: 'redacted' },
  ])
  const refused = await failure(world.mine.journal.undo(entries[1]?.id ?? ''), 'INVALID')
  expect(refused.details).toEqual({ reason: 'withheld' })
})

test('[JN4] where the app fails at it, or gives what is no value, the values are not kept', async () => {
  let round = 0
  await using world = await openWorld({
    redact(entry) {
      round += 1
      if (round === 1) throw new Error('boom')
      return { ...entry, local: (() => 1) as unknown as string }
    },
  })
  await dispute(world, 'latest')
  await dispute(world, 'latest')
  expect(await world.theirs.client.deadLetters.list()).toEqual([])
  const entries = await world.mine.journal.list()
  expect(entries).toHaveLength(2)
  for (const entry of entries)
    expect(entry).toMatchObject({ withheld: 'redacted', local: undefined, remote: undefined })
})

test.each([{ keep: 0 }, { keep: 1.5 }, { maxCharacters: -1 }])(
  '[JN3] %o is MISCONFIGURED',
  async (options) => {
    await failure(() => journal({ collection: 'journal', ...options }), 'MISCONFIGURED')
  },
)
