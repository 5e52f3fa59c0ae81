import { withServer } from '@holdfast-examples/support'
import {
  collection,
  defineSchema,
  optimisticVersion,
  type Fate,
  type OpenConflict,
  type RecordOf,
} from '@holdfast/core'
import { z } from 'zod'
import { countQuestions, theQuestion, type Say } from './telling.ts'

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    orders: collection({
      fields: z.object({
        id: z.string(),
        item: z.string(),
        quantity: z.int(),
        price: z.int(),
        week: z.int(),
      }),
      conflict: optimisticVersion(), // nothing is applied on what its author had not seen
    }),
  },
})

type Order = RecordOf<(typeof schema)['collections']['orders']>

export interface Ending {
  /** What Ben was asked: at first, after the restart, and once more. */
  readonly asked: readonly OpenConflict[]
  /** How Ben's change, his first answer and his second one ended. */
  readonly fates: readonly Fate[]
  readonly orders: readonly (Order | undefined)[]
  readonly questions: number
}

/** Three departments change one order, each without having seen what the others did. */
export const tellStory = (say: Say): Promise<Ending> =>
  withServer({ schema }, async ({ open }) => {
    const [ada, cyd] = [await open('ada'), await open('cyd')]
    let ben = await open('ben')
    await cyd.collections.orders.create({ id: '4711', item: 'Pumps', quantity: 100, price: 20, week: 7 })
    for (const device of [cyd, ada, ben]) await device.sync()
    say('Order 4711: 100 pumps at 20 each, in week 7. All three departments lose the network.')

    await ada.collections.orders.update('4711', { price: 25 })
    const change = await ben.collections.orders.update('4711', { quantity: 140 })
    say('Ada, in purchasing, agrees to a price of 25. Ben, in the warehouse, wants 140.')
    for (const device of [ada, ben]) await device.sync()
    const first = await theQuestion(ben)
    say(`Ben did not know the price, so nothing is applied: ${describe(first)}`)

    await ben.close()
    ben = await open('ben')
    const again = await theQuestion(ben)
    say('Ben goes home. The next day his device still asks, and shows his own 140 meanwhile.')

    await cyd.sync()
    await cyd.collections.orders.update('4711', { week: 12 })
    await cyd.sync()
    say('Cyd, in planning, has the order with the new price, and moves it to week 12.')
    const answer = await ben.conflicts.resolve(again.id, { patch: { quantity: 110 } })
    await ben.sync()
    const third = await theQuestion(ben)
    say(`At 25 each Ben takes 110. But nobody asked him about week 12: ${describe(third)}`)

    const lastAnswer = await ben.conflicts.resolve(third.id, { patch: { quantity: 120 } })
    const all = [ben, ada, cyd]
    for (const device of all) await device.sync()
    const orders = await Promise.all(all.map(({ collections }) => collections.orders.get('4711')))
    say(
      `For week 12 he takes 120. Every device shows ${orders[0]?.quantity} at ${orders[0]?.price} in week ${orders[0]?.week}.`,
    )
    const made = [change, answer, lastAnswer].map((receipt) => receipt?.operationId ?? '')
    const fates = await Promise.all(made.map((id) => ben.operations.settled(id)))
    return {
      asked: [first, again, third],
      fates: fates.map(({ fate }) => fate),
      orders,
      questions: await countQuestions(all),
    }
  })

const describe = ({ fields, mine, theirs, updatedBy, serverVersion }: OpenConflict): string =>
  `mine or theirs (${updatedBy}'s, version ${serverVersion})? ` +
  fields
    .map((field) => `${field} ${JSON.stringify(mine?.[field])} or ${JSON.stringify(theirs?.[field])}`)
    .join(', ')
