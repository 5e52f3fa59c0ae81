import { withServer, type Device } from '@holdfast-examples/support'
import {
  collection,
  defineSchema,
  fieldMerge,
  type Fate,
  type OpenConflict,
  type RecordOf,
} from '@holdfast/core'
import { z } from 'zod'
import { countQuestions, theQuestion, type Say } from './telling.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    customers: collection({
      fields: z.object({
        id: z.string(),
        name: z.string(),
        phone: z.string().default(''),
        email: z.string().default(''),
        // One field and not two: nobody gets the street of one person and the city of another.
        address: z.object({ street: z.string(), city: z.string() }).optional(),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})

type Collections = (typeof schema)['collections']
export type Customer = RecordOf<Collections['customers']>

export interface Ending {
  /** All customers, as Ada's device, Ben's, and one that was never there before show them. */
  readonly shown: readonly (readonly Customer[])[]
  /** What Ben was asked. */
  readonly asked: OpenConflict
  /** Questions that are open in the end. */
  readonly questions: number
  /** What the deletion by somebody who had not seen the edit came to. */
  readonly deletion: Fate
}

/** Ada and Ben both fill in forms about the same customers, offline. */
export const tellStory = (say: Say): Promise<Ending> =>
  withServer({ schema }, async ({ open }) => {
    const [ada, ben] = [await open('ada'), await open('ben')]
    await ada.collections.customers.create({ id: 'ekdahl', name: 'Ekdahl', phone: '1001' })
    await ada.collections.customers.create({ id: 'fors', name: 'Fors' })
    for (const device of [ada, ben]) await device.sync()
    say('Both devices have the customers Ekdahl and Fors, and lose the network.')

    await ada.collections.customers.update('ekdahl', { phone: '2002' })
    await ada.collections.customers.update('ekdahl', { address: { street: 'Long Street 1', city: 'Oslo' } })
    await ada.collections.customers.update('fors', { email: 'fors@example.org' })
    await ben.collections.customers.update('ekdahl', { email: 'ekdahl@example.org' })
    await ben.collections.customers.update('ekdahl', {
      address: { street: 'Short Street 2', city: 'Bergen' },
    })
    const deletion = await ben.collections.customers.delete('fors')
    say('Ada gives Ekdahl a new phone number and an address; Ben an e-mail address and another address.')
    say('Ada completes Fors, which Ben deletes.')

    for (const device of [ada, ben, ada]) await device.sync()
    const asked = await theQuestion(ben)
    const merged = await ben.collections.customers.get('ekdahl')
    say(`Phone and e-mail have merged: ${merged?.phone} and ${merged?.email}.`)
    say(`Ben is asked about the ${asked.fields.join()}, which ${asked.updatedBy} changed too:`)
    say(`  ${cityOf(asked.mine)} or ${cityOf(asked.theirs)}?`)
    const { fate } = await ben.operations.settled(deletion.operationId)
    const lost = fate.kind === 'applied' ? fate.lost.join() : fate.kind
    say(`Fors is there on both devices, with its e-mail address: Ben's deletion has lost (${lost}).`)

    await ben.conflicts.resolve(asked.id, 'theirs')
    const newcomer = await open('cyd')
    for (const device of [ben, ada, newcomer]) await device.sync()
    const all = [ada, ben, newcomer]
    const shown = await Promise.all(all.map(customersOf))
    say(
      `Ben takes Ada's. Every device shows ${shown[0]?.map(({ name }) => name).join(' and ')} as they are now.`,
    )
    return { shown, asked, questions: await countQuestions(all), deletion: fate }
  })

const customersOf = ({ collections: { customers } }: Device<Collections>): Promise<readonly Customer[]> =>
  customers.find({ orderBy: { id: 'asc' } })

const cityOf = (side: OpenConflict['mine']): string =>
  schema.collections.customers.fields.parse(side).address?.city ?? ''
