import { withServer, type Device } from '@holdfast-examples/support'
import { SyncError, collection, defineSchema, serverWins, type Fate, type RecordOf } from '@holdfast/core'
import type { Authorize, ServerOperations } from '@holdfast/server'
import type { SyncContext } from '@holdfast/server/express'
import { z } from 'zod'
import type { Say } from './telling.ts'

const amount = z.object({ amount: z.int().positive() })
const fee = 1

/** What devices guess. They know of no fee and check no balance: the server does. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    accounts: collection({
      fields: z.object({ id: z.string(), owner: z.string(), balance: z.int().default(0) }),
      conflict: serverWins(),
      operations: {
        deposit: { input: amount, apply: (account, input) => plus(account, input.amount) },
        transfer: {
          input: amount.extend({ to: z.string() }),
          apply: (account, input) => plus(account, -input.amount),
        },
        /** The other half of the guess of a transfer, and nothing else. */
        receive: { input: amount, apply: (account, input) => plus(account, input.amount) },
      },
    }),
  },
})

const plus = <TAccount extends { readonly balance: number }>(
  account: TAccount,
  change: number,
): TAccount => ({
  ...account,
  balance: account.balance + change,
})

type Collections = (typeof schema)['collections']
type Context = SyncContext<{ readonly id: string }>

const refuse = (reason: string, message: string): SyncError => new SyncError('REFUSED', message, { reason })

/** What decides. All that a half does to the three accounts is applied, or nothing of it. */
export const serverOperations = {
  accounts: {
    deposit: ({ record, input }) => plus(record, input.amount),
    async transfer({ record, input, records, user }) {
      if (record.owner !== user) throw refuse('not_yours', 'This is not your account.')
      if (record.balance < input.amount + fee)
        throw refuse('insufficient_balance', 'There is not enough in it.')
      const [to, bank] = [await records.get('accounts', input.to), await records.get('accounts', 'bank')]
      if (to === undefined || bank === undefined || to.id === bank.id || to.id === record.id)
        throw refuse('no_such_account', 'There is no such account.')
      await records.put('accounts', to.id, plus(to, input.amount))
      await records.put('accounts', bank.id, plus(bank, fee))
      return plus(record, -input.amount - fee)
    },
    // The money is there already, by `transfer`. Whoever sends this alone gets nothing.
    receive: ({ record }) => record,
  },
} satisfies ServerOperations<Collections, Context, unknown>

/** Asked about every record that an operation changes. Nobody sets a balance by `update`. */
export const authorize: Authorize<Context, unknown> = ({ ctx, action, before, after }) =>
  action === 'create'
    ? after?.['balance'] === 0
    : action === 'deposit'
      ? ctx.user.id === 'clerk'
      : action === 'receive' || (action === 'transfer' && before !== undefined)

export interface Ending {
  readonly fates: Readonly<Record<'rent' | 'coffee' | 'gift' | 'book' | 'boat', Fate>>
  readonly guessed: string
  /** The balances of all accounts as each device shows them. */
  readonly balances: readonly string[]
  /** What all accounts hold together. */
  readonly total: number
}

/** Ada's phone promises, offline, what her laptop spends meanwhile. */
export const tellStory = (say: Say): Promise<Ending> =>
  withServer({ schema, authorize, serverOperations }, async ({ open }) => {
    const [clerk, phone] = [await open('clerk'), await open('ada', 'phone')]
    const [laptop, ben] = [await open('ada', 'laptop'), await open('ben')]
    const all = [clerk, phone, laptop, ben]
    for (const owner of ['ada', 'bank', 'ben']) await clerk.collections.accounts.create({ id: owner, owner })
    await clerk.collections.accounts.run.deposit('ada', { amount: 100 })
    for (const device of all) await device.sync()
    say('Ada has 100, the bank and Ben have nothing.')

    const rent = await pay(phone, 80)
    const coffee = await pay(phone, 10)
    const guessed = await balancesOf(phone)
    say(`Her phone is offline, pays Ben 80 and then 10, and shows ${guessed}: it guesses.`)
    const gift = await pay(laptop, 50)
    await laptop.sync()
    say(`Meanwhile her laptop pays him 50, and shows ${await balancesOf(laptop)}: the server took a fee.`)

    await phone.sync()
    const fates = { rent: await fateOf(phone, rent), coffee: await fateOf(phone, coffee) }
    say(`The phone is back. The 80: ${tell(fates.rent)}. The 10: ${tell(fates.coffee)}.`)
    say(`It shows ${await balancesOf(phone)}.`)

    const { book, boat } = await phone.transaction(async ({ collections: { accounts } }) => ({
      book: (await accounts.run.transfer('ada', { to: 'ben', amount: 5 })).operationId,
      boat: (await accounts.run.transfer('ada', { to: 'ben', amount: 900 })).operationId,
    }))
    for (const device of [phone, ...all]) await device.sync()
    const both = { book: await fateOf(phone, book), boat: await fateOf(phone, boat) }
    say(`Pays 5 and 900 in one: the 900 is ${tell(both.boat)}, and the 5 ${tell(both.book)}.`)

    const balances = await Promise.all(all.map(balancesOf))
    const accounts = await clerk.collections.accounts.find()
    const total = accounts.reduce((sum, { balance }) => sum + balance, 0)
    say(`All devices show ${balances[0]}: ${total} in all, as in the beginning.`)
    const { fate: ofGift } = await laptop.operations.settled(gift)
    return { fates: { ...fates, ...both, gift: ofGift }, guessed, balances, total }
  })

/** From Ada to Ben. Both sides of the guess are one transaction: what the device shows adds up at every moment. */
const pay = (device: Device<Collections>, amount: number): Promise<string> =>
  device.transaction(async ({ collections: { accounts } }) => {
    const { operationId } = await accounts.run.transfer('ada', { to: 'ben', amount })
    await accounts.run.receive('ben', { amount })
    return operationId
  })

const fateOf = async ({ operations }: Device<Collections>, operationId: string): Promise<Fate> =>
  (await operations.settled(operationId)).fate

const tell = (fate: Fate): string =>
  fate.kind === 'rejected' ? `${fate.code}, ${fate.reason ?? fate.message}` : fate.kind

const balancesOf = async ({ collections: { accounts } }: Device<Collections>): Promise<string> => {
  const all: readonly RecordOf<Collections['accounts']>[] = await accounts.find({ orderBy: { id: 'asc' } })
  return all.map(({ owner, balance }) => `${owner} ${balance}`).join(', ')
}
