import { withServer } from '@holdfast-examples/support'
import { expect, test } from 'vitest'
import { schema, tellStory } from '../src/erp.ts'
import { theQuestion } from '../src/telling.ts'

test('[R19] ERP: nothing is applied on what its author had not seen, an answer included', async () => {
  const said: string[] = []
  const { asked, fates, orders, questions } = await tellStory((line) => said.push(line))
  const order = { id: '4711', item: 'Pumps', quantity: 100, price: 25, week: 7 }
  const byAda = {
    fields: ['quantity'],
    mine: { ...order, quantity: 140 },
    theirs: order,
    updatedBy: 'ada',
    serverVersion: 2,
  }
  const byCyd = {
    fields: ['quantity'],
    mine: { ...order, quantity: 110, week: 12 },
    theirs: { ...order, week: 12 },
    updatedBy: 'cyd',
    serverVersion: 3,
  }
  expect(asked).toMatchObject([byAda, byAda, byCyd])
  expect(asked[1]).toEqual(asked[0])
  expect(fates).toMatchObject([
    { kind: 'superseded' },
    { kind: 'superseded' },
    { kind: 'applied', version: 4, lost: [] },
  ])
  const agreed = { ...order, quantity: 120, week: 12 }
  expect(orders).toEqual([agreed, agreed, agreed])
  expect(questions).toBe(0)
  expect(said.at(-1)).toBe('For week 12 he takes 120. Every device shows 120 at 25 in week 12.')
})

test('an answer to a question as it was shown is asked again, also where the third change is here already', async () => {
  await withServer({ schema }, async ({ open }) => {
    const [ada, ben] = [await open('ada'), await open('ben')]
    await ada.collections.orders.create({ id: '1', item: 'Pumps', quantity: 1, price: 20, week: 7 })
    for (const device of [ada, ben]) await device.sync()
    await ada.collections.orders.update('1', { price: 25 })
    await ben.collections.orders.update('1', { quantity: 2 })
    for (const device of [ada, ben]) await device.sync()
    const shown = await theQuestion(ben)
    await ada.collections.orders.update('1', { quantity: 3 })
    for (const device of [ada, ben]) await device.sync()
    await ben.conflicts.resolve(shown.id, 'mine')
    await ben.sync()
    expect(await theQuestion(ben)).toMatchObject({ mine: { quantity: 2 }, theirs: { quantity: 3 } })
    await ada.sync()
    expect(await ada.collections.orders.get('1')).toMatchObject({ quantity: 3 })
  })
})
