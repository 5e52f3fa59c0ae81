import { withServer } from '@holdfast-examples/support'
import { SyncError } from '@holdfast/core'
import { expect, test } from 'vitest'
import { authorize, schema, serverOperations, tellStory } from '../src/banking.ts'

test('[R19] banking: the server decides, refuses with its reason, and moves money over all records or none', async () => {
  const said: string[] = []
  const { fates, guessed, balances, total } = await tellStory((line) => said.push(line))
  const refused = { kind: 'rejected', code: 'REFUSED', reason: 'insufficient_balance' }
  expect(guessed).toBe('ada 10, bank 0, ben 90')
  expect(fates).toMatchObject({
    gift: { kind: 'applied' },
    rent: refused,
    coffee: { kind: 'applied' },
    boat: refused,
    book: { kind: 'aborted', reason: 'rejected' },
  })
  const everywhere = 'ada 38, bank 2, ben 60'
  expect(balances).toEqual([everywhere, everywhere, everywhere, everywhere])
  expect(total).toBe(100)
  expect(said).toContain('The phone is back. The 80: REFUSED, insufficient_balance. The 10: applied.')
})

test('[SO6] what a transfer did to other accounts before it was refused is undone', async () => {
  const { transfer, ...others } = serverOperations.accounts
  const refusesLate: typeof transfer = async (call) => {
    const after = await transfer(call)
    if (call.input.amount === 13) throw new SyncError('REFUSED', 'Not thirteen.', { reason: 'thirteen' })
    return after
  }
  const halves = { accounts: { ...others, transfer: refusesLate } }
  await withServer({ schema, authorize, serverOperations: halves }, async ({ open }) => {
    const [clerk, ada] = [await open('clerk'), await open('ada')]
    for (const owner of ['ada', 'bank', 'ben']) await clerk.collections.accounts.create({ id: owner, owner })
    await clerk.collections.accounts.run.deposit('ada', { amount: 100 })
    for (const device of [clerk, ada]) await device.sync()
    const made = [
      await ada.collections.accounts.run.transfer('ada', { to: 'ben', amount: 13 }),
      await ada.collections.accounts.run.transfer('ada', { to: 'ben', amount: 20 }),
    ]
    for (const device of [ada, clerk]) await device.sync()
    const operations = await Promise.all(made.map(({ operationId }) => ada.operations.settled(operationId)))
    expect(operations.map(({ fate }) => fate)).toMatchObject([
      { kind: 'rejected', code: 'REFUSED', reason: 'thirteen' },
      { kind: 'applied' },
    ])
    for (const { collections } of [ada, clerk]) {
      const accounts = await collections.accounts.find({ orderBy: { id: 'asc' } })
      expect(accounts.map(({ balance }) => balance)).toEqual([79, 1, 20])
    }
  })
})

test('nobody gets money by a part of a transfer, from an account of somebody else, or by setting it', async () => {
  await withServer({ schema, authorize, serverOperations }, async ({ open }) => {
    const [clerk, eve] = [await open('clerk'), await open('eve')]
    for (const owner of ['ada', 'bank', 'eve']) await clerk.collections.accounts.create({ id: owner, owner })
    await clerk.collections.accounts.run.deposit('ada', { amount: 100 })
    for (const device of [clerk, eve]) await device.sync()
    const { accounts } = eve.collections
    const tries = [
      await accounts.run.receive('eve', { amount: 5 }),
      await accounts.update('eve', { balance: 5 }),
      await accounts.run.deposit('eve', { amount: 5 }),
      await accounts.create({ id: 'rich', owner: 'eve', balance: 5 }),
      await accounts.run.transfer('ada', { to: 'eve', amount: 5 }),
      await accounts.delete('ada'),
    ]
    await eve.sync()
    const operations = await Promise.all(tries.map(({ operationId }) => eve.operations.settled(operationId)))
    const forbidden = { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' }
    expect(operations.map(({ fate }) => fate)).toMatchObject([
      { kind: 'applied' },
      forbidden,
      forbidden,
      forbidden,
      { kind: 'rejected', code: 'REFUSED', reason: 'not_yours' },
      forbidden,
    ])
    const balances = (await accounts.find({ orderBy: { id: 'asc' } })).map(({ balance }) => balance)
    expect(balances).toEqual([100, 0, 0])
  })
})
