import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkScopeStays, scopeOfNew } from '../../src/model/record-scope.ts'
import { collection, type AnyCollection } from '../../src/model/schema.ts'
import { failure } from '../support/failure.ts'

const fields = z.object({ id: z.string(), team: z.string().optional() })
const plain: AnyCollection = collection({ fields })
const placed: AnyCollection = collection({ fields, scope: ({ team = '' }) => team })
const throwing: AnyCollection = collection({
  fields,
  scope: () => {
    throw new Error('the record is secret')
  },
})

const place = (definition: AnyCollection, team: string, joined: readonly string[]) => () =>
  scopeOfNew({ collection: 'tasks', definition, record: { id: 'a', team } }, joined)

test('[SC04] a new record goes to what the function says, else to the only scope', async () => {
  expect(place(plain, 'b', ['a'])()).toBe('a')
  expect(place(placed, 'b', ['a', 'b'])()).toBe('b')
  await failure(place(plain, 'b', ['a', 'b']), 'INVALID')
  await failure(place(plain, 'b', []), 'INVALID')
  await failure(place(placed, 'b', ['a']), 'SCOPE_NOT_JOINED')
  await failure(place(placed, '', ['a']), 'INVALID')
  await failure(place(placed, 'x'.repeat(129), ['a']), 'INVALID')
})

test('[SC04] what a scope function throws is not quoted: it may quote the record', async () => {
  const error = await failure(place(throwing, 'b', ['a']), 'INVALID')
  expect(error.message).not.toContain('secret')
  expect(String(error.cause)).toContain('secret')
})

test('[SC06] a change leaves a record in its scope, unless it had none that could be told', async () => {
  checkScopeStays(plain, { id: 'a' }, { id: 'a', team: 'b' })
  checkScopeStays(placed, { id: 'a', team: 'b' }, { id: 'a', team: 'b' })
  checkScopeStays(placed, { id: 'a' }, { id: 'a', team: 'b' })
  await failure(() => checkScopeStays(placed, { id: 'a', team: 'b' }, { id: 'a', team: 'c' }), 'INVALID')
  await failure(() => checkScopeStays(placed, { id: 'a', team: 'b' }, { id: 'a' }), 'INVALID')
})
