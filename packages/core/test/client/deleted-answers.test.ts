import { collection, defineSchema, manual } from '@holdfast/core'
import { expect, test } from 'vitest'
import { openClient, sync } from '../support/client.ts'

import { schema } from '../support/schema.ts'
import { localServer } from '../support/transports.ts'

const { fields } = schema.collections.asked

/** As the others' schema, but that deletions win. */
const deletionsWin = defineSchema({
  version: schema.version,
  collections: {
    ...schema.collections,
    asked: collection({ fields, conflict: manual(), deletes: 'deleteWins' }),
  },
})

test('[CL125] "mine" about a record that was deleted since is lost by name where deletions win', async () => {
  const server = localServer({ schema: deletionsWin })
  await using mine = await openClient({ schema: deletionsWin, user: 'me', transport: server('me') })
  await using theirs = await openClient({ schema: deletionsWin, user: 'they', transport: server('they') })
  const meet = async (): Promise<void> => {
    for (const device of [theirs, mine]) {
      await sync(device)
      device.client.pause()
    }
  }
  await theirs.client.collections.asked.create({ id: 'r', title: 'old' })
  await meet()
  await theirs.client.collections.asked.update('r', { title: 'theirs' })
  const written = await mine.client.collections.asked.update('r', { title: 'mine', votes: 7 })
  await meet()
  await theirs.client.collections.asked.delete('r')
  await meet()
  const [question] = await mine.client.conflicts.list()
  expect(question).toMatchObject({ fields: ['title'], mine: undefined, theirs: undefined })
  await mine.client.conflicts.resolve(question?.id ?? '', 'mine')
  await meet()
  expect(await mine.client.collections.asked.get('r')).toBeUndefined()
  expect(await mine.client.conflicts.list()).toEqual([])
  const { fate } = (await mine.client.operations.get(written.operationId)) ?? {}
  const by = fate?.kind === 'superseded' ? fate.by : undefined
  expect(await mine.client.operations.get(by ?? '')).toMatchObject({
    status: 'COMPLETED',
    fate: { kind: 'applied', lost: ['title', 'votes'] },
  })
})
