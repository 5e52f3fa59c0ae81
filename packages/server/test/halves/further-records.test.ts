import { protocolVersion } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { answerOf, kinds, readRow } from '../support/world.ts'
import { balances, bank, halves, run, together, withAccounts } from './bank.ts'

const protocol = { protocol: protocolVersion }

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[SO9] of a transaction each half sees what the earlier ones did, and all are applied or none', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const whole = together(
      't-1',
      run(client, 'a', 'debit', { amount: 60 }),
      run(client, 'b', 'credit', { amount: 60 }),
      run(client, 'b', 'debit', { amount: 70 }),
    )
    expect(kinds(await client.push(...whole))).toEqual(['applied', 'applied', 'applied'])
    expect(await balances(world, 'a', 'b')).toEqual([40, 0])

    const [first, second] = together(
      't-2',
      run(client, 'b', 'credit', { amount: 50 }),
      run(client, 'a', 'debit', { amount: 50 }),
    )
    const answer = answerOf(await client.pushRaw([first, second], protocol))
    expect(answer.results).toMatchObject([
      { kind: 'aborted', cause: second?.id, reason: 'rejected' },
      { kind: 'rejected', code: 'REFUSED', reason: 'insufficient_balance' },
    ])
    expect(await balances(world, 'a', 'b')).toEqual([40, 0])
  })

  test('[SO10] further records of the scope: version, feed, deletion and revival as for any change', async () => {
    const world = await start(
      bank({
        ...halves,
        async credit({ record, input, records }) {
          await records.put('receipts', 'r', { id: 'r', from: record.id, amount: input.amount })
          await records.put('receipts', 'r', { id: 'r', from: record.id, amount: 2 * input.amount })
          expect(await records.get('receipts', 'r')).toMatchObject({ amount: 2 * input.amount })
          await records.put('accounts', 'b', {
            ...(await records.get('accounts', 'b')),
            id: 'b',
            owner: 'Bea',
            balance: 10,
            moves: 3,
          })
          return { ...record, balance: record.balance + input.amount }
        },
        async debit({ record, records }) {
          await records.delete('receipts', 'r')
          await records.delete('receipts', 'never')
          expect(await records.get('receipts', 'r')).toBeUndefined()
          return record
        },
      }),
    )
    const client = await withAccounts(world)
    const answer = await client.push(run(client, 'a', 'credit', { amount: 1 }))
    expect(await readRow(world.store, 'r', 'receipts')).toMatchObject({
      version: 1,
      seq: 3,
      bornSeq: 3,
      data: { amount: 2 },
    })
    expect(await readRow(world.store, 'b', 'accounts')).toMatchObject({
      version: 2,
      seq: 4,
      bornSeq: 2,
      data: { owner: 'Bea', moves: 3 },
    })
    expect(await readRow(world.store, 'a', 'accounts')).toMatchObject({ version: 2, seq: 5 })
    expect(answer.page.changes.map(({ id, seq }) => [id, seq])).toEqual([
      ['r', 3],
      ['b', 4],
      ['a', 5],
    ])
    expect(answer.page.head).toBe(5)

    await client.push(run(client, 'a', 'debit', { amount: 1 }), run(client, 'a', 'credit', { amount: 1 }))
    // Nothing changed on b, so it is no change.
    expect(await readRow(world.store, 'r', 'receipts')).toMatchObject({
      version: 3,
      seq: 8,
      bornSeq: 8,
      deleted: false,
    })
    expect(await readRow(world.store, 'b', 'accounts')).toMatchObject({ version: 2, seq: 4 })
    expect((await client.pull()).head).toBe(9)
  })

  test('[SO10] what a half does to a further record is seen by later operations of the batch, and undone with its own', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const answer = await client.push(
      run(client, 'a', 'transfer', { amount: 100, to: 'b' }),
      run(client, 'b', 'debit', { amount: 105 }),
      run(client, 'b', 'transfer', { amount: 6, to: 'a' }),
      ...together(
        't',
        run(client, 'b', 'transfer', { amount: 5, to: 'a' }),
        run(client, 'b', 'debit', { amount: 1 }),
      ),
    )
    expect(answer.results.map(({ kind }) => kind)).toEqual([
      'applied',
      'merged',
      'rejected',
      'aborted',
      'rejected',
    ])
    expect(await balances(world, 'a', 'b')).toEqual([0, 5])
  })

  test('[SO11] authorize is asked about each record, under the name of the operation; one no is enough', async () => {
    const asked: unknown[] = []
    const world = await start({
      ...bank(),
      authorize: ({ action, collection, before, after }) => {
        asked.push([action, collection, before?.['balance'], after?.['balance'] ?? after?.['amount']])
        return after?.['balance'] !== 13
      },
    })
    const client = await withAccounts(world)
    asked.length = 0
    expect(kinds(await client.push(run(client, 'a', 'transfer', { amount: 1, to: 'b' })))).toEqual([
      'applied',
    ])
    expect(asked).toEqual([
      ['transfer', 'accounts', 100, 99],
      ['transfer', 'accounts', 10, 11],
      ['transfer', 'receipts', undefined, 1],
    ])
    expect(kinds(await client.push(run(client, 'a', 'transfer', { amount: 2, to: 'b' })))).toEqual([
      'rejected FORBIDDEN_OR_MISSING',
    ])
    expect(await balances(world, 'a', 'b')).toEqual([99, 11])
  })

  test('[SO12] what a half did to a further record nobody has seen, not even the device that asked for it', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const answer = await client.push(
      run(client, 'a', 'transfer', { amount: 1, to: 'b' }),
      client.operation({ collection: 'accounts', recordId: 'b', value: { balance: 500 }, baseVersion: 1 }),
      client.operation({ collection: 'accounts', recordId: 'a', value: { owner: 'Ada' }, baseVersion: 1 }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'applied' },
      { kind: 'conflict', fields: ['balance'] },
      { kind: 'applied' },
    ])
  })
})
