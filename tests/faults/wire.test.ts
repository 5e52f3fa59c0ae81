import { describe, expect, test } from 'vitest'
import type { WireOperation } from '@holdfast/core/protocol'
import { failure } from '../../packages/core/test/support/failure.ts'
import { createOperation, pushOf, rawTransport, signal } from '../harness/raw-push.ts'
import { openWorld, type World } from '../harness/world.ts'

const pullOf = (cursor: string) => ({ protocol: 1, clientId: 'raw-client', scope: 'team-1', cursor })

describe('a request as a whole', () => {
  test.each([0, 99, -1])(
    'the unknown protocol %i: UPGRADE_REQUIRED names what is spoken',
    async (protocol) => {
      await using world = await openWorld()
      const transport = rawTransport(world, 'anna')
      const error = await failure(transport.push(pushOf([], { protocol }), { signal }), 'UPGRADE_REQUIRED')
      expect(error.details).toEqual({ side: protocol < 1 ? 'client' : 'server', supported: [1, 2, 3, 4] })
      expect(error.message).toContain('upgrade the')
      await failure(transport.pull({ ...pullOf(''), protocol }, { signal }), 'UPGRADE_REQUIRED')
    },
  )

  test('a batch that is too long: TOO_LARGE names the limit, and nothing of it is applied', async () => {
    await using world = await openWorld()
    const operations = Array.from({ length: 201 }, (_, index) =>
      createOperation(`r-${index}`, { clientSeq: index + 1 }),
    )
    const error = await failure(rawTransport(world, 'anna').push(pushOf(operations), { signal }), 'TOO_LARGE')
    expect(error.details).toEqual({ what: 'batch', limit: 200, actual: 201 })
    expect(await world.server.prisma.holdfastOperation.count()).toBe(0)
  })

  test('a forged cursor: INVALID; a cursor of another user: FORBIDDEN_OR_MISSING', async () => {
    await using world = await openWorld()
    const anna = rawTransport(world, 'anna')
    await anna.push(pushOf([createOperation('r')]), { signal })
    const { cursor } = await anna.pull(pullOf(''), { signal })
    const [key, body = '', signature] = cursor.split('.')
    const content = JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown[]
    const forged = Buffer.from(JSON.stringify([...content.slice(0, 2), 0, 0, 0, ''])).toString('base64url')
    for (const wrong of ['nonsense', `${key}.${forged}.${signature}`, cursor.slice(0, -2)]) {
      await failure(anna.pull(pullOf(wrong), { signal }), 'INVALID')
      await failure(anna.push(pushOf([], { cursor: wrong }), { signal }), 'INVALID')
    }
    const bert = rawTransport(world, 'bert')
    await failure(bert.pull({ ...pullOf(cursor), clientId: 'berts' }, { signal }), 'FORBIDDEN_OR_MISSING')
  })

  test('a malformed envelope: INVALID names the place', async () => {
    await using world = await openWorld()
    const input = { ...pushOf([]), clientId: 'not an id!' }
    const error = await failure(rawTransport(world, 'anna').push(input, { signal }), 'INVALID')
    expect(error.details.path).toBe('clientId')
  })
})

/** A bad operation between two good ones. */
const pushBetween = async (world: World, bad: Partial<WireOperation>) => {
  const operations = [
    createOperation('first', { clientSeq: 1 }),
    createOperation('bad', { clientSeq: 2, ...bad }),
    createOperation('last', { clientSeq: 3 }),
  ]
  const { results } = await rawTransport(world, 'anna').push(pushOf(operations), { signal })
  return results
}

describe('[P08] one bad operation is rejected with a code and a sentence, and its neighbours are applied', () => {
  const cases: readonly [name: string, bad: Partial<WireOperation>, code: string][] = [
    ['an unknown collection', { collection: 'nothing' }, 'INVALID'],
    ['a reserved collection name', { collection: 'constructor' }, 'INVALID'],
    ['an unknown field', { payload: '{"id":"bad","title":"t","nope":1}' }, 'INVALID'],
    ['a wrong type of a value', { payload: '{"id":"bad","title":7}' }, 'INVALID'],
    ['a payload that is no JSON', { payload: '{"id":' }, 'INVALID'],
    ['an unknown tag', { payload: '{"id":"bad","title":{"$":"evil","v":1}}' }, 'INVALID'],
    [
      'a key that would reach a prototype',
      { payload: '{"id":"bad","title":"t","__proto__":{"x":1}}' },
      'INVALID',
    ],
    ['a lone surrogate', { payload: '{"id":"bad","title":"\\ud800"}' }, 'INVALID'],
    ['a NUL character', { payload: '{"id":"bad","title":"a\\u0000b"}' }, 'INVALID'],
    ['another record’s id', { payload: '{"id":"other","title":"t"}' }, 'INVALID'],
    ['an edit of nothing', { type: 'update', payload: '{"title":"t"}' }, 'DEPENDENCY'],
    [
      'a payload that is too large',
      { payload: JSON.stringify({ id: 'bad', title: 'x'.repeat(70_000) }) },
      'TOO_LARGE',
    ],
  ]
  test.each(cases)('%s', async (_name, bad, code) => {
    await using world = await openWorld()
    const results = await pushBetween(world, bad)
    expect(results.map(({ kind }) => kind)).toEqual(['applied', 'rejected', 'applied'])
    expect(results[1]).toMatchObject({ code, message: expect.stringMatching(/^\S.*\s.*\.$/s) as string })
    const rows = await world.server.prisma.holdfastRecord.findMany({ orderBy: { seq: 'asc' } })
    expect(rows.map(({ recordId }) => recordId)).toEqual(['first', 'last'])
  })
})

test('[P03] one id with two payloads: PAYLOAD_MISMATCH, and the first one stands', async () => {
  await using world = await openWorld()
  const transport = rawTransport(world, 'anna')
  await transport.push(pushOf([createOperation('r')]), { signal })
  const other = createOperation('r', { payload: '{"id":"r","title":"two"}' })
  const { results } = await transport.push(pushOf([other]), { signal })
  expect(results).toMatchObject([{ kind: 'rejected', code: 'PAYLOAD_MISMATCH' }])
  const row = await world.server.prisma.holdfastRecord.findFirstOrThrow()
  expect(row.data).toContain('one')
})

test('[P04] a number that was left out is waited for, and named', async () => {
  await using world = await openWorld()
  const transport = rawTransport(world, 'anna')
  const { results } = await transport.push(pushOf([createOperation('r', { clientSeq: 3 })]), { signal })
  expect(results).toMatchObject([
    { kind: 'retry', code: 'OUT_OF_ORDER', message: 'Operation 1 has to come first.' },
  ])
})
