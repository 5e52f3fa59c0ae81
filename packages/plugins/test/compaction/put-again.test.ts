import { SyncError } from '@holdfast/core'
import { collectionOf, decide, encodePut, type ServerRow } from '@holdfast/core/protocol'
import { expect, test } from 'vitest'
import { scope } from '../../../core/test/support/transports.ts'
import { openPutWorld, schema, type PutWorld } from './put-world.ts'

/** Ann writes a title, then Ben what he is given, then Ann a body. */
const writeBoth = async (
  { ann, ben, pass }: PutWorld,
  his: Readonly<Record<string, string>>,
): Promise<void> => {
  await ann.records.update('r', { title: 'hers, early' })
  pass(20_000)
  await ben.records.update('r', his)
  await ben.sync()
  pass(20_000)
  await ann.records.update('r', { body: 'ab' })
}

const meet = async ({ ann, ben }: PutWorld): Promise<unknown> => {
  await ann.sync()
  await ben.sync()
  await ann.sync()
  const [hers, his] = [await ann.records.get('r'), await ben.records.get('r')]
  expect(hers).toEqual(his)
  return hers
}

test('[CP5] a put whose place in a typed field is gone is made again as a put, and each field is as old as it was', async () => {
  await using world = await openPutWorld('latest')
  await writeBoth(world, { title: 'his, later', body: 'a, his' })
  expect(await meet(world)).toMatchObject({ title: 'his, later', body: 'a, hisb' })
  expect(world.said()).toEqual(['put rebase', 'put merged'])
  const [first, second] = world.sent
  expect(second?.baseVersion).toBe(first?.baseVersion)
})

test('[CP5] a put that meets news each time is made again twice, and then goes as updates', async () => {
  await using world = await openPutWorld('latest')
  const { ann, ben, wire } = world
  await writeBoth(world, { body: 'a1' })
  for (const body of ['a12', 'a123', 'a1234'])
    wire.once('push', (push) => async (input, options) => {
      await ben.records.update('r', { body })
      await ben.sync()
      return push(input, options)
    })
  expect(await meet(world)).toMatchObject({ title: 'hers, early', body: 'a1234b' })
  expect(world.said()).toEqual(['put rebase', 'put rebase', 'put rebase', 'update merged', 'update merged'])
  expect(world.rounds()).toBe(3)
  const [first] = world.sent
  const operations = await ann.client.operations.list()
  const fateOf = (id: string | undefined) => operations.find((one) => one.id === id)?.fate
  let fate = fateOf(first?.id)
  while (fate?.kind === 'superseded') fate = fateOf(fate.by)
  expect(fate).toMatchObject({ kind: 'applied' })
})

const asked = ({ ann }: PutWorld) =>
  ann.client.conflicts.list().then((all) => all.map(({ fields: disputed }) => disputed.join()))

test('[CP5] what the strategy leaves to a person goes as updates at once: one for each time it was written', async () => {
  await using world = await openPutWorld('asked')
  const { ann, ben, pass, said } = world
  await ann.records.update('r', { title: 'hers' })
  pass(20_000)
  await ben.records.update('r', { title: 'his' })
  await ben.sync()
  await ann.records.update('r', { text: 'hers' })
  await ann.sync()
  expect(said()).toEqual(['put rebase', 'update merged', 'update conflict'])
  // The question about the title does not hold up the text.
  expect(await asked(world)).toEqual(['title'])
  await ben.sync()
  expect(await ben.records.get('r')).toMatchObject({ title: 'his', text: 'hers' })
})

test('[CP5] with a typed field it goes as a put once more, and as updates where that is answered the same', async () => {
  await using world = await openPutWorld('asked')
  await writeBoth(world, { title: 'his' })
  await world.ann.sync()
  await world.ann.sync()
  expect(world.said()).toEqual(['put rebase', 'put rebase', 'update merged', 'update conflict'])
  expect(await asked(world)).toEqual(['title'])
  await world.ben.sync()
  expect(await world.ben.records.get('r')).toMatchObject({ title: 'his', body: 'ab' })
})

test('[CP5] where a typed field has no place at all, that alone is a dead letter', async () => {
  await using world = await openPutWorld('latest')
  const { ann } = world
  await ann.records.update('r', { title: 'hers' })
  await ann.records.update('r', { body: 'a never' })
  await ann.sync()
  await ann.sync()
  expect(world.said()).toEqual(['put rebase', 'put rebase', 'update rebase', 'update applied'])
  const letters = await ann.client.deadLetters.list()
  expect(letters.map(({ fields: lost, fate }) => [lost, fate])).toMatchObject([
    [['body'], { kind: 'rejected', code: 'MISSING_DEPENDENCY' }],
  ])
  expect(await meet(world)).toMatchObject({ title: 'hers', body: 'a' })
})

test('[CP5] the updates that a put was cut into are not folded again', async () => {
  await using world = await openPutWorld('asked')
  const { ann, ben, disk, pass, said, offered } = world
  await ann.records.update('r', { title: 'hers' })
  pass(20_000)
  await ben.records.update('r', { title: 'his' })
  await ben.sync()
  await ann.records.update('r', { text: 'hers' })
  // They are made, and the disk is full before they are sent.
  ann.client.events$.subscribe(({ type }) => {
    if (type !== 'madeAgain') return
    disk.refuse = () => {
      throw new SyncError('STORAGE_FULL', 'There is no room.', {})
    }
  })
  await ann.sync()
  disk.refuse = () => undefined
  expect(said()).toEqual(['put rebase'])
  expect(await ann.client.operations.list({ status: 'PENDING' })).toHaveLength(2)
  offered.splice(0)
  expect(await ann.client.plugins.compaction.compact(scope)).toBe(0)
  expect(offered).toEqual([])
  await ann.sync()
  expect(said()).toEqual(['put rebase', 'update merged', 'update conflict'])
})

test('[CP5] a strategy that asks about a put would ask about the next one: there is nothing to try again', () => {
  const definition = collectionOf(schema, 'asked')
  const place = { seq: 3, now: 1_750_000_100_000, schemaVersion: '1.0.0', firstVersion: 0 }
  const written = { clientId: 'ben', userId: 'ben', otherVersion: 0, timestamp: 1_750_000_000_000 }
  const row: ServerRow = {
    ...{
      collection: 'asked',
      id: 'r',
      version: 2,
      seq: 2,
      bornSeq: 1,
      deleted: false,
      updatedAt: 1,
      updatedBy: 'ben',
    },
    data: { id: 'r', title: 'his', text: '', body: '' },
    fieldVersions: { title: { ...written, version: 2, seq: 2 } },
  }
  const verdictOf = (id: string) =>
    decide(
      definition,
      row,
      {
        ...{ id, clientId: 'ann', userId: 'ann', collection: 'asked', recordId: 'r', type: 'put' },
        ...{ payload: encodePut({ title: 'hers', text: 'hers' }, { title: 20_000 }), baseVersion: 1 },
        ...{ timestamp: 1_750_000_050_000, opVersion: '1.0.0' },
      },
      place,
    )
  for (const id of ['first', 'second', 'third'])
    expect(verdictOf(id)).toMatchObject({ verdict: { kind: 'rebase' } })
  // What its author saw must not be raised for it: nobody would be asked, and the stranger's edit be gone.
})
