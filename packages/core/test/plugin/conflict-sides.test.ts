import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import type { OpenConflict, Plugin } from '@holdfast/core'
import { decodePortable, encodePortable, type FeedChange } from '@holdfast/core/protocol'
import { openWorld, prune, syncWell } from '../recovery/world.ts'
import { openPair, type Pair } from '../support/pair.ts'
import { localServer } from '../support/transports.ts'
import { sync } from '../support/client.ts'
import { until, untilStatus } from '../support/until.ts'

const marked = (change: FeedChange): FeedChange => {
  if (change.kind === 'deleted') return change
  const data = decodePortable(change.data) as Readonly<Record<string, string>>
  const title = data['title']
  return title === undefined ? change : { ...change, data: encodePortable({ ...data, title: `<${title}>` }) }
}

/** Of each record that comes from the server, the title is another one on the device. */
const marking: Plugin = {
  name: 'marking',
  hooks: { beforeApplyRemote: (changes) => changes.map(marked) },
}

/** Their change is far behind the page that comes with my verdict. */
const openFar = async (): Promise<Pair> => {
  const server = localServer({ limits: { page: 2, maxPage: 2 } })
  const ids = ['r', ...Array.from({ length: 6 }, (_, index) => `s-${index}`)]
  const pair = await openPair('asked', { server, ids, plugins: [marking] })
  for (const id of ids.slice(1)) await pair.theirs.client.collections.asked.update(id, { title: 'new' })
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine' })
  await sync(pair.theirs)
  await untilStatus(pair.theirs.client, 'synced')
  return pair
}

test("[PG9] the server's side of a question has passed beforeApplyRemote, also before its version is pulled", async () => {
  await using pair = await openFar()
  const { client } = pair.mine
  const shown = new Set<unknown>()
  const watching = client.conflicts.list$().subscribe(([one]) => one && shown.add(one.theirs?.['title']))
  await sync(pair.mine)
  await untilStatus(client, 'synced')
  const isTold = ([one]: readonly OpenConflict[]): boolean => one?.serverVersion === 2
  await until(client.conflicts.list$(), isTold)
  watching.unsubscribe()
  expect([...shown]).toEqual(['<old>', '<theirs>'])
})

test('[PG9] a backup has the side that was shown', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.tasks.create({ id: 'r', title: 'old' })
  await syncWell(other)
  const device = await world.open({ plugins: [marking] })
  await syncWell(device)
  await other.client.collections.tasks.update('r', { title: 'theirs' })
  await syncWell(other)
  await device.client.collections.tasks.update('r', { title: 'mine' })
  await syncWell(device)
  await other.client.collections.tasks.update('r', { title: 'theirs' })
  await syncWell(other)
  await prune(world.state, 31)
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const { conflicts } = JSON.parse(await device.client.backups.export(backup?.id ?? '')) as Exported
  expect(conflicts.map(({ theirs }) => decodePortable(theirs))).toMatchObject([{ title: '<theirs>' }])
})

interface Exported {
  readonly conflicts: readonly { readonly theirs: string }[]
}
