import { expect, test } from 'vitest'
import { expiryPart } from '@holdfast/core/parts'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openDevice } from '../src/app/device.ts'
import { formerSchema, schema } from '../src/app/schema.ts'
import { audit } from '../src/audit/audit.ts'
import { tellStory } from '../src/story.ts'
import { breakable } from './support/breakable.ts'
import { clientHookNames, notCalledYet, serverHookNames } from './support/hook-names.ts'
import { key, openWorld } from './support/world.ts'

test('[PG3] the plugin uses every hook that there is, and the story calls each of them', async () => {
  const { metrics, journalled, sealed } = await tellStory(() => undefined)
  const [server = {}, ...devices] = metrics.toReversed()
  const seen = new Set(devices.flatMap((counts) => Object.keys(counts)))
  expect(clientHookNames.filter((name) => !seen.has(name))).toEqual([])
  expect(serverHookNames.filter((name) => !Object.hasOwn(server, name))).toEqual([])
  // Seven, and two of Ada's once more after the loss.
  expect(journalled).toBe(9)
  expect(sealed).toMatch(/^sealed:[\w-]{30,}$/)
})

test('hooks that are said to be not called yet are not called', async () => {
  const { hooks, called } = breakable(...notCalledYet)
  await using world = await openWorld()
  const { url } = world.server
  const [storage, watcher] = [memoryStorage(), { name: 'watcher', parts: [expiryPart], hooks }]
  // A queue to be compacted, and records and operations that an older schema wrote.
  const naming = { key, formerly: 'text' }
  const older = [audit({ ...naming, secret: 'text' }), watcher] as const
  const before = await openDevice({ schema: formerSchema, user: 'ada', url, storage, plugins: older })
  const { recordId } = await before.client.collections.entries.create({ title: 'sent', text: 'a' })
  await before.sync()
  before.network.set(false)
  for (const title of ['one', 'two', 'three'])
    await before.client.collections.entries.update(recordId, { title })
  await before.client.close()

  const newer = [audit({ ...naming, secret: 'note' }), watcher] as const
  const after = await openDevice({ schema, user: 'ada', url, storage, plugins: newer })
  await after.client.collections.entries.update(recordId, { note: 'b' })
  expect(await after.sync()).toMatchObject({ status: 'synced', deadLetters: 0 })
  await after.client.close()
  expect(await world.server.read(recordId)).toMatchObject({ title: 'three' })
  expect([...called]).toEqual([])
})
