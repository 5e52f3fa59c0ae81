import { expect, test } from 'vitest'
import { openDevice } from '../src/device.ts'
import { startServer } from '../src/server.ts'
import { tellStory } from '../src/story.ts'

test('the story: what two devices promise of one balance is paid once', async () => {
  const said: string[] = []
  const { fates, balances } = await tellStory((line) => said.push(line))
  expect(fates).toMatchObject([
    { kind: 'rejected', code: 'REFUSED', reason: 'insufficient_balance' },
    { kind: 'applied' },
  ])
  expect(balances).toEqual([
    [20, 80],
    [20, 80],
    [20, 80],
  ])
  expect(said).toEqual([
    'Ada has 100, Ben has 0.',
    'Her phone is offline and shows 20 and 80: it guesses.',
    'Meanwhile her laptop gives away 80: applied.',
    'The phone is back: REFUSED, insufficient_balance.',
    'All devices show 20 and 80.',
  ])
})

test('nobody gets money by a part of a transfer, from an account of somebody else, or by setting it', async () => {
  const server = await startServer()
  const eve = await openDevice('eve', server.url)
  try {
    const { accounts } = eve.client.collections
    await accounts.create({ id: 'eve', owner: 'eve' })
    await accounts.create({ id: 'ada', owner: 'ada' })
    const tries = [
      await accounts.run.receive('eve', { amount: 5 }),
      await accounts.update('eve', { balance: 5 }),
      await accounts.run.deposit('eve', { amount: 5 }),
      await accounts.create({ id: 'rich', owner: 'eve', balance: 5 }),
      { operationId: await eve.transfer('ada', 'eve', 5) },
    ]
    await eve.sync()
    const fates = await Promise.all(tries.map(({ operationId }) => eve.client.operations.get(operationId)))
    expect(fates.map((operation) => operation?.fate)).toMatchObject([
      { kind: 'applied' },
      { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' },
      { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' },
      { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' },
      { kind: 'rejected', code: 'REFUSED', reason: 'not_yours' },
    ])
    expect((await accounts.find()).map(({ balance }) => balance)).toEqual([0, 0])
  } finally {
    await eve.client.close()
    await server.stop()
  }
})
