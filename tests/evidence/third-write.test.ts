import type { ConflictAnswer } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const answers: Readonly<Record<string, ConflictAnswer>> = {
  mine: 'mine',
  theirs: 'theirs',
  'a patch': { patch: { title: 'both' } },
}

/** What a third person does while the question is open. */
const thirdWrites = {
  'changes the disputed field': (device: Device) =>
    device.client.collections.mourned.update('r', { title: 'third' }),
  'deletes the record': (device: Device) => device.client.collections.mourned.delete('r'),
} as const
type ThirdWrite = keyof typeof thirdWrites

const askedOf = async (device: Device) => (await device.client.conflicts.list())[0]

/** Anna and Bert changed the title; Bert was first, Anna is asked. */
const dispute = async (world: World): Promise<readonly [anna: Device, bert: Device, cyd: Device]> => {
  const bert = await world.device('bert')
  await bert.client.collections.mourned.create({ id: 'r', title: 'old' })
  await bert.settle()
  const [anna, cyd] = [await world.device('anna'), await world.device('cyd')]
  await anna.settle()
  await bert.client.collections.mourned.update('r', { title: 'theirs' })
  await bert.settle()
  await anna.client.collections.mourned.update('r', { title: 'mine' })
  expect(await anna.settle()).toMatchObject({ conflicts: 1 })
  await cyd.settle()
  return [anna, bert, cyd]
}

const serverTitle = async ({ server }: World): Promise<unknown> => {
  const row = await server.prisma.holdfastRecord.findFirstOrThrow({ where: { recordId: 'r' } })
  return row.deleted ? 'deleted' : (JSON.parse(row.data) as { readonly title: unknown }).title
}

const answer = async (device: Device, given: ConflictAnswer): Promise<void> => {
  await device.client.conflicts.resolve((await askedOf(device))?.id ?? '', given)
}

describe.each(databaseNames)('%s', (database) => {
  const cases = Object.keys(answers).flatMap((given) =>
    (Object.keys(thirdWrites) as ThirdWrite[]).map((third) => ({ given, third })),
  )

  test.each(cases)(
    '[P05] the third $third while a question is open; restart; "$given" is answered on what was shown: nothing of the third is overwritten unseen',
    async ({ given, third }) => {
      await using world = await openWorld({ database })
      const [first, , cyd] = await dispute(world)
      await thirdWrites[third](cyd)
      await cyd.settle()
      const written = third === 'deletes the record' ? 'deleted' : 'third'

      // Anna's device does not know of it yet: what she is shown, and answers, is what Bert wrote.
      const anna = await first.restart()
      expect(await askedOf(anna)).toMatchObject({ theirs: { title: 'theirs' }, mine: { title: 'mine' } })
      await answer(anna, answers[given] ?? 'mine')
      const state = await anna.settle()
      expect(await serverTitle(world)).toBe(written)

      // Who took theirs wants nothing; whoever wants something is asked again, with the third's side.
      const asked = given === 'theirs' ? 0 : 1
      expect(state).toMatchObject({ status: 'synced', conflicts: asked, deadLetters: 0 })
      expect(await anna.client.conflicts.list()).toMatchObject(
        asked === 0 ? [] : [{ theirs: written === 'deleted' ? undefined : { title: 'third' } }],
      )

      // Another restart, and an answer on what is shown now: it takes effect.
      const again = await anna.restart()
      for (const { id } of await again.client.conflicts.list())
        await again.client.conflicts.resolve(id, 'mine')
      expect(await again.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
      const mine = given === 'a patch' ? 'both' : 'mine'
      const due = asked === 0 ? written : mine
      expect(await serverTitle(world)).toBe(due)
      await cyd.settle()
      const shown = await cyd.client.collections.mourned.get('r')
      expect(shown?.title ?? 'deleted').toBe(due)
      figure(`${database}: the third ${third}, "${given}": asked again ${asked}, 0 overwritten unseen`)
    },
  )

  test('[P05] a third write that has arrived is part of the question, and its answer stands', async () => {
    await using world = await openWorld({ database })
    const [first, , cyd] = await dispute(world)
    await cyd.client.collections.mourned.update('r', { title: 'third', text: 'and more' })
    await cyd.settle()
    await first.settle()
    const anna = await first.restart()
    expect(await askedOf(anna)).toMatchObject({ theirs: { title: 'third', text: 'and more' } })
    await answer(anna, 'mine')
    expect(await anna.settle()).toMatchObject({ conflicts: 0, deadLetters: 0 })
    expect(await anna.client.collections.mourned.get('r')).toMatchObject({ title: 'mine', text: 'and more' })
    expect(await serverTitle(world)).toBe('mine')
  })

  test('[P05] an answer to a question that is gone is a typed error, and changes nothing', async () => {
    await using world = await openWorld({ database })
    const [anna] = await dispute(world)
    const id = (await askedOf(anna))?.id ?? ''
    await anna.client.conflicts.resolve(id, 'theirs')
    await expect(anna.client.conflicts.resolve(id, 'mine')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await anna.settle()
    expect(await serverTitle(world)).toBe('theirs')
  })
})
