import { collection, defineSchema } from '@holdfast/core'
import { otJson, otText, textEdit } from '@holdfast/plugins/ot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openDevices } from '../../../core/test/support/typed.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        body: otText({ keep: 3 }),
        board: otJson(z.record(z.string(), z.number()), { keep: 3 }),
      }),
    }),
  },
})

const toBeDeleted = 'to be deleted'
const written = 'Written alone, in more operations than are remembered'

interface Notes {
  update(
    id: string,
    patch: { readonly body: ReturnType<typeof textEdit>; readonly board: Readonly<Record<string, number>> },
  ): Promise<unknown>
}

/** Letter by letter in place of what stood there, then on. */
const typeAll = async (notes: Notes): Promise<void> => {
  for (const [index, letter] of Array.from(written).entries()) {
    const before = index === 0 ? [] : [index]
    const body = textEdit(index < toBeDeleted.length ? [...before, letter, { d: 1 }] : [index, letter])
    await notes.update('r', { body, board: { step: index } })
  }
}

test('[OT07] who writes alone never runs out of what is remembered, offline or not', async () => {
  await using devices = await openDevices(schema, 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  const { notes } = mine.collections
  await notes.create({ id: 'r', body: toBeDeleted, board: { step: -1 } })
  await devices.meet()
  await typeAll(notes)
  const all = { body: written, board: { step: written.length - 1 } }
  expect(await notes.get('r')).toMatchObject(all)
  await devices.meet(3)
  for (const client of devices.clients) {
    expect(await client.collections.notes.get('r')).toMatchObject(all)
    expect(await client.deadLetters.list()).toEqual([])
  }
  expect((await mine.operations.list()).filter(({ fate }) => fate.kind !== 'applied')).toEqual([])
})

test('[OT07] nor does who writes much while others write a little', async () => {
  await using devices = await openDevices(schema, 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  const { notes } = mine.collections
  await notes.create({ id: 'r', body: toBeDeleted, board: { step: -1 } })
  await devices.meet()
  await theirs.collections.notes.update('r', { body: textEdit(['Read this: ']) })
  await theirs.collections.notes.update('r', { body: textEdit(['Please! ']) })
  await typeAll(notes)
  await devices.meet(3)
  for (const client of devices.clients) {
    expect(await client.collections.notes.get('r')).toMatchObject({ body: `Please! Read this: ${written}` })
    expect(await client.deadLetters.list()).toEqual([])
  }
})
