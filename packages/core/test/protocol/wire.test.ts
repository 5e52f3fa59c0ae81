import { expect, test } from 'vitest'
import { SyncError, dispositions } from '../../src/base/errors.ts'
import { cursor, encodedPayload, encodedRecord, id, name, scope } from '../../src/protocol/parts.ts'
import { pullInput } from '../../src/protocol/pull.ts'
import { errorToRefusal, refusal } from '../../src/protocol/refusal.ts'
import { maxResumeIds, resumeInput } from '../../src/protocol/resume.ts'
import { procedures } from '../../src/protocol/table.ts'
import { result, storedVerdict, verdict } from '../../src/protocol/verdict.ts'

test('every error code can stand in each place of the wire that has one', () => {
  for (const code of Object.keys(dispositions)) {
    const rejected = { kind: 'rejected', code, message: '' }
    for (const schema of [verdict, storedVerdict]) expect(schema.parse(rejected)).toEqual(rejected)
    for (const kind of ['rejected', 'retry']) {
      expect(result.parse({ kind, code, message: '', id: 'o1' })).toMatchObject({ kind, code })
    }
    const refused = { kind: 'refused', code, message: '', details: {} }
    for (const { output } of Object.values(procedures)) expect(output.parse(refused)).toEqual(refused)
  }
})

test('a code that does not exist is not read', () => {
  expect(refusal.safeParse({ kind: 'refused', code: 'toString', message: '', details: {} }).success).toBe(
    false,
  )
})

test('an error travels as a refusal', () => {
  const error = new SyncError(
    'RESET_REQUIRED',
    'Start again.',
    { reason: 'revoked' },
    { cause: new Error('secret') },
  )
  const refused = errorToRefusal(error)
  expect(refused).toStrictEqual({
    kind: 'refused',
    code: 'RESET_REQUIRED',
    message: 'Start again.',
    details: { reason: 'revoked' },
  })
  expect(refusal.parse(JSON.parse(JSON.stringify(refused)))).toEqual(refused)
})

test.each([
  ['an id', id, ['a', 'A-z_9', 'a'.repeat(64)], ['', 'a b', 'é', 'a/b', 'a\n', 'a'.repeat(65)]],
  [
    'a name',
    name,
    ['a', 'aB_9', 'a'.repeat(64)],
    ['', '_a', '9a', 'a-b', '$deleted', '__proto__', 'a'.repeat(65)],
  ],
  ['a scope', scope, ['team-1', 'é/1', 'a'.repeat(128)], ['', 'a'.repeat(129)]],
  ['a cursor', cursor, ['', 'a'.repeat(2048)], ['a'.repeat(2049)]],
  ['a payload', encodedPayload, ['null', 'a'.repeat(65_536)], ['a'.repeat(65_537)]],
  ['a record', encodedRecord, ['null', 'a'.repeat(262_144)], ['a'.repeat(262_145)]],
])('%s has its limits', (_, schema, right, wrong) => {
  expect(right.filter((text) => !schema.safeParse(text).success)).toEqual([])
  expect(wrong.filter((text) => schema.safeParse(text).success)).toEqual([])
})

test('a request asks for a bounded amount', () => {
  const pull = { protocol: 1, clientId: 'c1', scope: 's', cursor: '' }
  expect([0, 1, 1000, 1001, 1.5].filter((limit) => pullInput.safeParse({ ...pull, limit }).success)).toEqual([
    1, 1000,
  ])
  const ids = (length: number) => Array.from({ length }, (_, index) => `o${index}`)
  const accepted = [maxResumeIds, maxResumeIds + 1].filter(
    (length) => resumeInput.safeParse({ protocol: 1, clientId: 'c1', scope: 's', ids: ids(length) }).success,
  )
  expect(accepted).toEqual([maxResumeIds])
})
