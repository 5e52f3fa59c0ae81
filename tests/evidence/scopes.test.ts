import { expect, test } from 'vitest'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { until } from '../../packages/core/test/support/until.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type World } from '../harness/world.ts'

const teams = ['team-1', 'team-2', 'team-3']
const each = 1_000

/** A world in which three users wrote a thousand records, each in a team of their own. */
const withTeams = async (): Promise<World> => {
  const world = await openWorld({ scopes: () => teams })
  for (const team of teams) {
    const author = await world.device(`author of ${team}`.replaceAll(' ', '-'), { scopes: [team] })
    await Promise.all(
      Array.from({ length: each }, (_, index) =>
        author.client.collections.tasks.create({ id: `${team}-${index}`, title: `said in ${team}` }),
      ),
    )
    expect(await author.settle()).toMatchObject({ status: 'synced' })
    await author.client.close()
  }
  return world
}

const entriesWith = async (world: World, file: string, text: string): Promise<number> => {
  const database = await sqliteStorage({ filename: world.folder.path(`${file}.db`) }).open(file)
  const [entries] = await database.read([{ scan: '' }])
  await database.close()
  return entries.filter(({ key, value }) => key.includes(text) || value.includes(text)).length
}

test('[SC02] [SC07] [SC09] [OB01] a device of three teams joins, leaves and starts again', async () => {
  await using world = await withTeams()
  const reader = await world.device('reader', { scopes: ['team-1'] })
  const { client } = reader
  const { tasks } = client.collections
  await client.scopes.join('team-2')
  await client.scopes.join('team-3')
  expect([client.ready, (await tasks.find()).length]).toEqual([false, 0])
  expect(await reader.settle()).toMatchObject({ status: 'synced' })
  expect([client.ready, (await tasks.find()).length]).toEqual([true, 3 * each])

  const counts: number[] = []
  tasks.find$().subscribe((all) => counts.push(all.length))
  await until(tasks.find$(), (all) => all.length === 3 * each)
  await client.scopes.leave('team-2')
  await until(tasks.find$(), (all) => all.length === 2 * each)
  expect(counts).toEqual([3 * each, 2 * each])

  const again = await reader.restart()
  expect(again.client.scopes.list()).toEqual(['team-1', 'team-3'])
  expect([again.client.ready, (await again.client.collections.tasks.find()).length]).toEqual([true, 2 * each])
  await again.client.close()
  const left = await entriesWith(world, 'reader', 'team-2')
  expect(left).toBe(2)
  figure(
    `${3 * each} records of 3 scopes, ${2 * each} after one was left; of that ${left} entries stay: the numbers of its log and of its staging`,
  )
})
