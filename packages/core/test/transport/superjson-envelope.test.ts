import * as fc from 'fast-check'
import { SuperJSON } from 'superjson'
import { expect, test } from 'vitest'
import { superjsonEnvelope } from '../../src/transport/superjson-envelope.ts'
import { fixtures } from '../protocol/fixtures.ts'

const superjson = new SuperJSON()
const travel = (message: unknown): unknown => JSON.parse(JSON.stringify(message))

const expectBothWays = (message: unknown): void => {
  expect(travel(superjsonEnvelope.serialize(message))).toEqual(travel(superjson.serialize(message)))
  expect(superjson.deserialize(travel(superjsonEnvelope.serialize(message)) as never)).toEqual(message)
  expect(superjsonEnvelope.deserialize(travel(superjson.serialize(message)))).toEqual(message)
}

test('[EN33] every message of the fixtures travels both ways between it and superjson', () => {
  for (const { message } of fixtures) expectBothWays(message)
})

test('[EN33] so does any plain JSON', () => {
  const key = fc.string().filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text))
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  fc.assert(fc.property(json, (message) => expectBothWays(travel(message))))
})

const shape = { message: 'NO', code: -32_001, data: { httpStatus: 401 } }

test('what an app adds to its errors is not read, and does not matter', () => {
  const shared = { at: new Date(5) }
  const error = { ...shape, data: { ...shape.data, absent: undefined, left: shared, right: shared, big: 7n } }
  expect(superjsonEnvelope.deserialize(travel(superjson.serialize(error)))).toMatchObject(shape)
})

test.each([
  ['undefined', { kind: 'answer', cursor: undefined }],
  ['a date', { kind: 'answer', at: new Date(5) }],
  ['a set', { kind: 'answer', ids: new Set([1]) }],
  ['not a number', { kind: 'answer', count: Number.NaN }],
])('[EN34] an answer with %s is not ours', (_name, answer) => {
  expect(() => superjsonEnvelope.deserialize(travel(superjson.serialize(answer)))).toThrow('not plain JSON')
})

test.each(['text', null, undefined, [], {}, { meta: {} }])('[EN34] %j is no message', (message) => {
  expect(() => superjsonEnvelope.deserialize(message)).toThrow('not a superjson message')
})
