import { expect, test } from 'vitest'
import { tellStory } from '../src/story.ts'
import { breakable } from './support/breakable.ts'
import { clientHookNames, notCalledYet, serverHookNames } from './support/hook-names.ts'
import { openWorld } from './support/world.ts'

test('[PG3] the plugin uses every hook that there is, and the story calls each of them', async () => {
  const { metrics, journalled, sealed } = await tellStory(() => undefined)
  const [server = {}, ...devices] = metrics.toReversed()
  const seen = new Set(devices.flatMap((counts) => Object.keys(counts)))
  expect(clientHookNames.filter((name) => !seen.has(name))).toEqual([])
  expect(serverHookNames.filter((name) => !Object.hasOwn(server, name))).toEqual([])
  expect(journalled).toBe(5)
  expect(sealed).toMatch(/^sealed:[\w-]{30,}$/)
})

test('hooks that are said to be not called yet are not called', async () => {
  const { hooks, called } = breakable(...notCalledYet)
  await using world = await openWorld()
  const device = await world.open('ada', { name: 'watcher', hooks })
  const { recordId } = await device.client.collections.entries.create({ title: 'one' })
  for (let round = 0; round < 3; round += 1) {
    await device.client.collections.entries.update(recordId, { title: `${round}` })
  }
  await device.sync()
  expect([...called]).toEqual([])
})
