import { timingSafeEqual } from 'node:crypto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createTokenSigner } from '../../src/tokens/signer.ts'
import { create, memoryWorld, type Caller } from '../support/world.ts'

vi.mock('node:crypto', { spy: true })

describe('[HX21] signatures and bindings are compared in constant time', () => {
  const signer = createTokenSigner(['a secret of thirty-two bytes, or more'])
  const binding = { kind: 'cursor', user: 'ada', scope: 'team-1' } as const
  const token = signer.sign(binding, [1, 2])
  beforeEach(() => void vi.mocked(timingSafeEqual).mockClear())

  test('one that fits, by two comparisons', () => {
    expect(signer.open(token, binding)).toEqual([1, 2])
    expect(timingSafeEqual).toHaveBeenCalledTimes(2)
  })

  test('a forged signature, wherever it differs, by one', () => {
    const [id, body, signature = ''] = token.split('.')
    for (const at of [0, 20, 41]) {
      const changed = signature[at] === 'A' ? 'B' : 'A'
      const forged = `${signature.slice(0, at)}${changed}${signature.slice(at + 1)}`
      expect(() => signer.open(`${id}.${body}.${forged}`, binding)).toThrowError(
        expect.objectContaining({ code: 'INVALID' }),
      )
    }
    expect(timingSafeEqual).toHaveBeenCalledTimes(3)
  })

  test('one of another user, by two', () => {
    expect(() => signer.open(token, { ...binding, user: 'ben' })).toThrowError(
      expect.objectContaining({ code: 'FORBIDDEN_OR_MISSING' }),
    )
    expect(timingSafeEqual).toHaveBeenCalledTimes(2)
  })
})

describe('[HX22] names that every object has change nothing of what the process shares', () => {
  const shared = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype]
  const taken = (): string =>
    JSON.stringify(
      shared.map((prototype) => Reflect.ownKeys(prototype).map((key) => [String(key), typeof key])),
    )
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
  const ctx: Caller = { user: { id: 'ada' } }

  test.each(names)('%s as a key of payloads, at any depth, and of messages', async (name) => {
    const before = taken()
    const world = memoryWorld()
    const client = world.client('a', 'ada')
    const evil = `{"${name}":{"polluted":1}}`
    const operations = [
      `{"id":"r-1","title":"a","${name}":{"polluted":1}}`,
      `{"id":"r-1","title":${evil}}`,
      evil,
      `{"$":"entries","v":[["${name}",{"polluted":1}]]}`,
      `{"$deltas":${evil}}`,
    ].map((payload) => client.operation({ type: 'create', recordId: 'r-1', payload }))
    const { results } = await client.push(...operations)
    expect(results.map((result) => ('code' in result ? result.code : result.kind))).toEqual(
      Array(operations.length).fill('INVALID'),
    )
    const message = JSON.parse(
      `{"protocol":4,"clientId":"a","scope":"team-1","cursor":"","${name}":{"polluted":1},"operations":[${evil}]}`,
    ) as unknown
    for (const procedure of ['push', 'pull', 'snapshot', 'preflight', 'resume'] as const)
      await world.handlers[procedure](ctx, message)
    for (const place of ['collection', 'type', 'recordId'] as const) {
      const operation = { ...create(client, 'r-2', { title: 'a' }), [place]: name }
      expect(await client.push(operation)).toMatchObject({ results: [{ kind: expect.anything() as string }] })
    }
    expect(taken()).toBe(before)
  })
})
