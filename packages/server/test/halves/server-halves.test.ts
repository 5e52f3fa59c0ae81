import { SyncError, type ErrorCode } from '@holdfast/core'
import { protocolVersion } from '@holdfast/core/protocol'
import { describe, expect, test, vi } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { answerOf, createWorld, dataOf, kinds, readRow, testEnvironment } from '../support/world.ts'
import { balances, bank, halves, open, poor, run, withAccounts } from './bank.ts'

const protocol = { protocol: protocolVersion }

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[SO1] the half decides in place of the guess, on the newest row', async () => {
    const world = await start(
      bank({ ...halves, rename: ({ record, input }) => ({ ...record, owner: `Mx. ${input.owner}` }) }),
    )
    const client = await withAccounts(world)
    const answer = await client.push(
      run(client, 'a', 'debit', { amount: 30 }),
      run(client, 'a', 'debit', { amount: 30 }),
      run(client, 'a', 'rename', { owner: 'Ada' }),
    )
    expect(kinds(answer)).toEqual(['applied', 'applied', 'applied'])
    expect(await readRow(world.store, 'a', 'accounts')).toMatchObject({
      version: 4,
      seq: 5,
      data: { balance: 40, owner: 'Mx. Ada', moves: 2 },
      updatedBy: 'u-1',
    })
    expect(answer.page.changes.map(dataOf)).toContainEqual(expect.objectContaining({ id: 'a', balance: 40 }))
  })

  test('[SO2] no strategy is asked: what the author had not seen makes it merged, and nothing is lost', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const other = world.client('b', 'u-2')
    await other.push(run(other, 'a', 'debit', { amount: 80 }))
    const answer = await client.push(run(client, 'a', 'debit', { amount: 15 }))
    expect(answer.results).toMatchObject([{ kind: 'merged', version: 3, lost: [] }])
    expect(await balances(world, 'a')).toEqual([5])
    // The strategy itself, for an operation without a half.
    const asked = await client.push(
      client.operation({ collection: 'accounts', recordId: 'a', value: { balance: 1 }, baseVersion: 1 }),
    )
    expect(kinds(asked)).toEqual(['conflict'])
  })

  test('[SO2] on a record that is not there the half is not run: DEPENDENCY, also where an edit would revive it', async () => {
    const debit = vi.fn(halves.debit)
    const world = await start(bank({ ...halves, debit }))
    const client = await withAccounts(world)
    const other = world.client('b', 'u-2')
    await other.push(
      other.operation({ collection: 'accounts', recordId: 'a', type: 'delete', baseVersion: 1 }),
    )
    const answer = await client.push(
      run(client, 'a', 'debit', { amount: 1 }),
      run(client, 'never', 'debit', { amount: 1 }),
      run(client, 'b', 'debit', { amount: 'much' }),
    )
    expect(kinds(answer)).toEqual(['rejected DEPENDENCY', 'rejected DEPENDENCY', 'rejected INVALID'])
    expect(debit).not.toHaveBeenCalled()
    expect(await readRow(world.store, 'a', 'accounts')).toMatchObject({ deleted: true })
  })

  test('[SO2] on a record that moved away, MOVED; and so does a half that wants to put it', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const move = client.operation({
      collection: 'accounts',
      recordId: 'b',
      type: 'move',
      value: { to: 'team-2' },
      baseVersion: 1,
    })
    expect(kinds(await client.push(move))).toEqual(['applied'])
    const direct = await client.push(run(client, 'b', 'debit', { amount: 1 }))
    expect(kinds(direct)).toEqual(['rejected MOVED'])
    const put: typeof halves.transfer = async ({ record, input, records }) => {
      await records.put('accounts', input.to, { ...record, id: input.to })
      return record
    }
    const putting = createWorld(world.store, bank({ ...halves, transfer: put }))
    const other = putting.client('c')
    expect(kinds(await other.push(run(other, 'a', 'transfer', { amount: 1, to: 'b' })))).toEqual([
      'rejected MOVED',
    ])
    expect(await readRow(world.store, 'a', 'accounts')).toMatchObject({ version: 1 })
  })

  test('[SO3] REFUSED ends the operation with the word of the app, once and for all', async () => {
    const debit = vi.fn(halves.debit)
    const world = await start(bank({ ...halves, debit }))
    const client = await withAccounts(world)
    const operation = run(client, 'a', 'debit', { amount: 101 })
    const verdict = {
      kind: 'rejected',
      code: 'REFUSED',
      reason: 'insufficient_balance',
      message: 'There is not enough in the account.',
    }
    expect(answerOf(await client.pushRaw([operation], protocol)).results).toEqual([
      { id: operation.id, ...verdict },
    ])
    expect(await balances(world, 'a')).toEqual([100])
    // Now it would do. What was decided stands.
    await client.push(run(client, 'a', 'credit', { amount: 50 }))
    expect(answerOf(await client.pushRaw([operation], protocol)).results).toEqual([
      { id: operation.id, kind: 'duplicate', verdict },
    ])
    expect(debit).toHaveBeenCalledTimes(1)
  })

  test('[SO3] a client of an older protocol, which does not know the code, hears INVALID', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const operation = run(client, 'a', 'debit', { amount: 101 })
    const old = { protocol: 2 }
    expect(answerOf(await client.pushRaw([operation], old)).results).toMatchObject([{ code: 'INVALID' }])
    expect(answerOf(await client.pushRaw([operation], old)).results).toMatchObject([
      { verdict: { code: 'INVALID' } },
    ])
    const resume = (spoken: number) =>
      world.handlers.resume(
        { user: { id: 'u-1' } },
        { protocol: spoken, clientId: 'a', scope: 'team-1', ids: [operation.id] },
      )
    expect(answerOf(await resume(2)).verdicts).toMatchObject([{ verdict: { code: 'INVALID' } }])
    expect(answerOf(await resume(protocolVersion)).verdicts).toMatchObject([{ verdict: { code: 'REFUSED' } }])
  })

  test.each<[ErrorCode, string]>([
    ['INVALID', 'rejected INVALID'],
    ['FORBIDDEN_OR_MISSING', 'rejected FORBIDDEN_OR_MISSING'],
    ['RATE_LIMITED', 'retry RATE_LIMITED'],
    ['AUTH_REQUIRED', 'retry AUTH_REQUIRED'],
  ])('[SO4] another SyncError counts as in authorize: %s is %s', async (code, expected) => {
    const debit = (): never => {
      throw new SyncError(code, 'On purpose.', {})
    }
    const world = await start(bank({ ...halves, debit }))
    const client = await withAccounts(world)
    expect(kinds(await client.push(run(client, 'a', 'debit', { amount: 1 })))).toEqual([expected])
    expect(await balances(world, 'a')).toEqual([100])
  })

  test('[SO4] a result that the schema refuses ends its own operation', async () => {
    const world = await start(
      bank({
        ...halves,
        credit: ({ record }) => ({ ...record, balance: 2_000_000 }),
        rename: ({ record }) => ({ ...record, id: 'b' }),
      }),
    )
    const client = await withAccounts(world)
    const answer = await client.push(
      run(client, 'a', 'credit', { amount: 1 }),
      run(client, 'a', 'rename', { owner: '' }),
      run(client, 'b', 'debit', { amount: 1 }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'rejected', code: 'INVALID' },
      { kind: 'rejected', code: 'INVALID' },
      { kind: 'applied' },
    ])
    expect(await balances(world, 'a', 'b')).toEqual([100, 9])
  })

  test('[SO5] a bug makes the operation wait, with later ones of its record; strangers go on, and then it is applied', async () => {
    let isBroken = true
    const debit: typeof halves.debit = (call) => {
      if (isBroken) throw new TypeError('canary')
      return halves.debit?.(call) ?? call.record
    }
    const logged: string[] = []
    const logger = { error: (what: string) => void logged.push(what) }
    const world = await start({ ...bank({ ...halves, debit }), logger })
    const client = await withAccounts(world)
    const operations = [
      run(client, 'a', 'debit', { amount: 1 }),
      run(client, 'a', 'credit', { amount: 5 }),
      run(client, 'b', 'credit', { amount: 5 }),
    ]
    const answer = await client.push(...operations)
    expect(answer.results.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'applied'])
    expect(answer.results[0]).toMatchObject({ code: 'SERVER_FAILED' })
    expect(JSON.stringify(answer)).not.toContain('canary')
    expect(logged).toEqual(['The server half of accounts.debit failed.'])
    isBroken = false
    const again = await client.push(...operations)
    expect(again.results.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'duplicate'])
    expect(await balances(world, 'a', 'b')).toEqual([104, 15])
  })

  test('[SO5] a half that returns nothing, or goes on after its end, waits and changes nothing', async () => {
    const late: (() => Promise<void>)[] = []
    const world = await start(
      bank({
        ...halves,
        credit: () => undefined as never,
        async transfer({ record, records }) {
          late.push(() => records.delete('accounts', 'b'))
          return record
        },
        debit: async ({ record, records }) => {
          await records.put('accounts', 'a', record)
          return record
        },
      }),
    )
    const client = await withAccounts(world)
    const answer = await client.push(
      run(client, 'a', 'transfer', { amount: 1, to: 'b' }),
      run(client, 'b', 'credit', { amount: 1 }),
      run(client, 'a', 'debit', { amount: 1 }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'applied' },
      { kind: 'retry', code: 'SERVER_FAILED' },
      { kind: 'retry', code: 'SERVER_FAILED' },
    ])
    await expect(late[0]?.()).rejects.toThrow('over')
    expect(await balances(world, 'a', 'b')).toEqual([100, 10])
  })

  test('[SO7] a half that takes longer than its time gives up the transaction and waits; its strangers are applied', async () => {
    const world = await start({
      ...bank({ ...halves, debit: () => new Promise(() => undefined) }),
      limits: { serverOperationMs: 5 },
    })
    const client = await withAccounts(world)
    const answer = await client.push(
      run(client, 'b', 'credit', { amount: 1 }),
      run(client, 'a', 'debit', { amount: 1 }),
      run(client, 'b', 'credit', { amount: 1 }),
    )
    expect(answer.results.map(({ kind }) => kind)).toEqual(['applied', 'retry', 'applied'])
    expect(await balances(world, 'a', 'b')).toEqual([100, 12])
  })

  test('[SO7] where the halves of a batch took four times that, the rest waits for the next one', async () => {
    const environment = testEnvironment()
    const credit: typeof halves.credit = (call) => {
      environment.at(environment.clock.now() + 15)
      return halves.credit?.(call) ?? call.record
    }
    const options = { ...bank({ ...halves, credit }), environment, limits: { serverOperationMs: 10 } }
    const world = await start(options)
    const client = await withAccounts(world)
    const operations = [1, 2, 3, 4, 5].map((amount) => run(client, 'b', 'credit', { amount }))
    const plain = client.operation({
      collection: 'accounts',
      recordId: 'a',
      value: { owner: 'Ada' },
      baseVersion: 1,
    })
    const first = await client.push(...operations, plain)
    expect(first.results.map(({ kind }) => kind)).toEqual([
      'applied',
      'applied',
      'applied',
      'retry',
      'retry',
      'applied',
    ])
    const again = await client.push(...operations, plain)
    expect(again.results.slice(3).map(({ kind }) => kind)).toEqual(['applied', 'applied', 'duplicate'])
    expect(await balances(world, 'b')).toEqual([25])
  })

  test('[SO13] an operation that comes many times, also in one batch, runs its half once', async () => {
    const debit = vi.fn(halves.debit)
    const world = await start(bank({ ...halves, debit }))
    const client = await withAccounts(world)
    const operation = run(client, 'a', 'debit', { amount: 1 })
    for (let time = 0; time < 3; time += 1) await client.push(operation, operation)
    expect(debit).toHaveBeenCalledTimes(1)
    expect(await balances(world, 'a')).toEqual([99])
  })

  test('[SO14] preflight foresees that nobody will be asked', async () => {
    const world = await start(bank())
    const client = await withAccounts(world)
    const other = world.client('b', 'u-2')
    await other.push(run(other, 'a', 'debit', { amount: 1 }))
    const entity = (id: string, operation?: string) => ({
      collection: 'accounts',
      id,
      baseVersion: 1,
      fields: ['balance'],
      ...(operation === undefined ? {} : { operation }),
    })
    const ask = async () => {
      const asked = [
        entity('a', 'debit'),
        entity('b', 'debit'),
        entity('a'),
        entity('a', 'rename'),
        entity('no', 'debit'),
      ]
      const { entities } = answerOf(await client.preflightRaw(asked))
      return entities.map(({ risk, reason }) => `${risk} ${reason}`)
    }
    expect(await ask()).toEqual([
      'MEDIUM depends_on_values',
      'LOW disjoint',
      'HIGH asks',
      'HIGH asks',
      'HIGH missing',
    ])
    const counted = answerOf(await client.preflightRaw([{ ...entity('a', 'debit'), fields: ['moves'] }]))
    expect(counted.entities).toMatchObject([{ risk: 'LOW' }])
    const [verdict] = (await client.push(run(client, 'a', 'debit', { amount: 1 }))).results
    expect(verdict).toMatchObject({ kind: 'merged' })
    await other.push(
      other.operation({ collection: 'accounts', recordId: 'a', type: 'delete', baseVersion: 3 }),
    )
    expect((await ask())[0]).toBe('HIGH deleted')
  })

  test('[SO3] authorize may refuse with a word of the app too', async () => {
    const authorize = (): never => {
      throw poor()
    }
    const world = await start({ ...bank(), authorize })
    const client = world.client('a')
    expect(answerOf(await client.pushRaw([open(client, 'a', 1)], protocol)).results).toMatchObject([
      { code: 'REFUSED', reason: 'insufficient_balance' },
    ])
  })
})
