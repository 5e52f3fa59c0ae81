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

const written = 'Written alone, in more operations than are remembered'

test('[OT07] who writes alone never runs out of what is remembered, offline or not', async () => {
  await using devices = await openDevices(schema, 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  const { notes } = mine.collections
  await notes.create({ id: 'r', body: 'to be deleted', board: { step: -1 } })
  await devices.meet()
  for (const [index, letter] of Array.from(written).entries())
    await notes.update('r', {
      body: textEdit(index < 13 ? [...(index === 0 ? [] : [index]), letter, { d: 1 }] : [index, letter]),
      board: { step: index },
    })
  const all = { body: written, board: { step: written.length - 1 } }
  expect(await notes.get('r')).toMatchObject(all)
  await devices.meet(3)
  for (const client of devices.clients) {
    expect(await client.collections.notes.get('r')).toMatchObject(all)
    expect(await client.deadLetters.list()).toEqual([])
  }
  expect((await mine.operations.list()).filter(({ fate }) => fate.kind !== 'applied')).toEqual([])
})
