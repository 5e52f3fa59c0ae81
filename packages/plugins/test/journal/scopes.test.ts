import { expect, test } from 'vitest'
import { failure } from '../../../core/test/support/failure.ts'
import { dispute, openWorld } from './support.ts'

test('[JN9] each scope has a journal of its own, and a device of several shows all that it may read', async () => {
  const keep = 2
  await using world = await openWorld({ keep, server: { scopes: () => ['team-1', 'team-2'] } })
  const other = {
    mine: await world.device('cyd', ['team-2']),
    theirs: await world.device('dee', ['team-2']),
    meet: world.meet,
  }
  for (let round = 0; round < 3; round += 1) {
    await dispute(world, 'latest', [`m${round}`, `t${round}`], 'one')
    await dispute(other, 'latest', [`c${round}`, `d${round}`], 'two')
  }
  const both = await world.device('eve', ['team-1', 'team-2'])
  await both.sync()
  const told = async (recordId: string) => (await both.journal.list({ recordId })).map(({ local }) => local)
  expect([await told('one'), await told('two')]).toEqual([
    ['t2', 't1'],
    ['d2', 'd1'],
  ])
  expect((await world.mine.journal.list()).map(({ recordId }) => recordId)).toEqual(['one', 'one'])
  expect(await both.client.collections.journal.count()).toBe(2 * (keep + 1))

  const [entry] = await both.journal.list({ recordId: 'two' })
  await both.journal.undo(entry?.id ?? '')
  await both.sync()
  await world.meet()
  expect(await other.mine.client.collections.latest.get('two')).toMatchObject({ title: 'c2' })
  expect((await other.mine.journal.get(entry?.id ?? ''))?.undone).toMatchObject({ by: 'eve' })
})

test('[JN3] where fewer are kept than once, no more are shown than that, the newest among them', async () => {
  await using world = await openWorld({ keep: 5 })
  for (let round = 0; round < 5; round += 1) await dispute(world, 'latest', [`m${round}`, `t${round}`])
  expect(await world.mine.journal.list()).toHaveLength(5)
  await using fewer = await openWorld({ keep: 2, server: { store: world.store } })
  const shown: unknown[] = []
  for (let round = 5; round < 8; round += 1) {
    await dispute(fewer, 'latest', [`m${round}`, `t${round}`], 'again')
    shown.push((await fewer.mine.journal.list()).map(({ local }) => local))
  }
  // What was in the slot of the first of them was the newest before.
  expect(shown).toEqual([['t5'], ['t6', 't5'], ['t7', 't6']])
})

test('[JN7] what was settled about a record in its former scope is not undone from there', async () => {
  await using world = await openWorld({ server: { scopes: () => ['team-1', 'team-2'] } })
  await dispute(world, 'latest')
  const both = await world.device('eve', ['team-1', 'team-2'])
  await both.sync()
  await both.client.collections.latest.move('r', 'team-2')
  await both.sync()
  await world.meet()
  const [entry] = await both.journal.list()
  expect(await both.client.collections.latest.get('r')).toMatchObject({ title: 'theirs' })
  await failure(both.journal.undo(entry?.id ?? ''), 'INVALID')
  await failure(world.mine.journal.undo(entry?.id ?? ''), 'INVALID')
  expect((await both.journal.list())[0]?.undone).toBeUndefined()
})
