import { definePlugin, type PluginClient } from '@holdfast/core'
import { expect, test } from 'vitest'
import { metaEntry } from '../../src/oplog/entries.ts'
import { metaKey } from '../../src/oplog/keys.ts'
import { sync } from '../support/client.ts'
import { untilStatus } from '../support/until.ts'
import { flipByHand, fold, idOf, openWorld } from './world.ts'

const all = 9

test('[SG6] [IN4] the layers of a record are those of the head that is shown, before and while it is folded', async () => {
  await using world = await openWorld(all)
  let inside: (() => PluginClient) | undefined
  const plugin = definePlugin({
    name: 'layers',
    setup({ client }) {
      inside = client
    },
  })
  const tab = await world.tab({ plugins: [plugin] })
  await sync(tab)
  await untilStatus(tab.client, 'synced')
  tab.client.pause()
  const { tasks } = world.other.client.collections
  for (let index = 0; index < all; index += 1) await tasks.update(idOf(index), { text: 'new' })
  await sync(world.other)
  await tab.client.collections.tasks.update(idOf(1), { title: 'mine' })

  const layersOf = (index: number) => inside?.().layersOf('tasks', idOf(index))
  expect(await layersOf(1)).toMatchObject({
    base: { version: 1, data: { text: '' } },
    operations: [{ type: 'update', status: 'PENDING' }],
    shown: { title: 'mine', text: '' },
  })
  const meta = await world.store.get(metaKey)
  await flipByHand(world, metaEntry.decode(meta?.value ?? '{}').clientId)
  do {
    expect(await layersOf(1)).toMatchObject({
      base: { version: 2, data: { title: '1', text: 'new' }, updatedBy: 'u-2' },
      operations: [{ type: 'update' }],
      shown: { title: 'mine', text: 'new' },
    })
    const [layers, shown] = [await layersOf(all - 1), await tab.client.collections.tasks.get(idOf(all - 1))]
    expect(layers?.shown).toEqual(shown)
    expect(layers?.base?.data).toEqual(shown)
  } while (!(await fold(world.store, 1)))
})
