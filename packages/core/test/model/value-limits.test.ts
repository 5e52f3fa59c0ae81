import { collection, defineSchema, registerMap, SyncError, type Portable } from '@holdfast/core'
import { decide, encodePortable, openServerHalf, type Candidate } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import * as mini from 'zod/mini'
import { z } from 'zod'

const keys = (count: number, from = 0): Readonly<Record<string, Portable>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index + from}`, 1]))

const x = (length: number): string => 'x'.repeat(length)

interface Tree {
  readonly label: string
  readonly below?: readonly Tree[] | undefined
}
const tree: z.ZodType<Tree> = z.lazy(() =>
  z.object({ label: z.string().max(40_000), below: z.array(tree).optional() }),
)

const wide = z.looseObject(
  Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, z.number()])),
)

const fields = z.object({
  id: z.string(),
  plain: z.string().optional(),
  long: z.string().max(50_000).optional().nullable(),
  either: z.union([z.number(), z.string().max(40_000)]).default(0),
  list: z.array(z.string().max(40_000)).optional(),
  nested: z.object({ inner: z.object({ text: z.string().max(40_000), other: z.string() }) }).optional(),
  map: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  longKeys: z.record(z.string().max(200), z.number()).optional(),
  wide: wide.optional(),
  free: z.unknown().optional(),
  tree: tree.optional(),
  word: z.enum([x(40_000), 'b']).optional(),
  small: mini.optional(mini.string().check(mini.maxLength(45_000))),
})

const notes = collection({
  fields,
  operations: {
    append: {
      input: z.object({ text: z.string(), long: z.string().max(40_000).optional() }),
      apply: (note, { text }) => ({ ...note, plain: `${note.plain ?? ''}${text}` }),
    },
  },
})
const typed = collection({
  fields: z.object({
    id: z.string(),
    settings: registerMap(z.string()),
  }),
})
defineSchema({ version: '1.0.0', collections: { notes, typed } })

const candidate = (type: string, payload: Portable, opVersion = '1.0.0'): Candidate => ({
  ...{ id: 'o', type, payload: encodePortable(payload), collection: 'notes', recordId: 'r', opVersion },
  ...{ clientId: 'c', userId: 'u', baseVersion: 1, timestamp: 1 },
})
const place = { seq: 2, now: 1, schemaVersion: '1.0.0', firstVersion: 1 }
const row = (data: Readonly<Record<string, Portable>> = {}) => ({
  ...{ collection: 'notes', id: 'r', version: 1, seq: 1, bornSeq: 1, deleted: false, fieldVersions: {} },
  ...{ updatedAt: 0, updatedBy: 'u', data: { id: 'r', either: 0, ...data } },
})

/** What becomes of it on a record that has none of it. */
const verdictOn = (type: string, payload: Portable, opVersion?: string): string => {
  const decision = decide(notes, row(), candidate(type, payload, opVersion), place)
  if (decision.kind === 'wait') return `wait ${decision.code}`
  return 'code' in decision.verdict
    ? `${decision.verdict.code}: ${decision.verdict.message}`
    : decision.verdict.kind
}
const update = (patch: Readonly<Record<string, Portable>>): string => verdictOn('update', patch)

describe('[HX19] a value has texts of 32,768 characters, objects of 256 keys, and keys of 128, unless its schema declares more', () => {
  test.each<[name: string, fits: Portable, not: Portable, field: string]>([
    ['a text', x(32_768), x(32_769), 'plain'],
    ['a text that says how long it may be', x(50_000), x(50_001), 'long'],
    ['one of several types', x(40_000), x(40_001), 'either'],
    ['texts in a list', [x(40_000)], [x(40_001)], 'list'],
    [
      'texts that hold themselves',
      { label: x(40_000), below: [{ label: 'y' }] },
      { label: x(40_001) },
      'tree',
    ],
    ['a text of zod/mini', x(45_000), x(45_001), 'small'],
    ['one of the words of the schema', x(40_000), x(39_999), 'word'],
    ['a text beside one that says more', inner(x(40_000), x(32_768)), inner('', x(32_769)), 'nested'],
    ['keys', keys(256), keys(257), 'map'],
    ['keys that the schema names', keys(300), keys(301), 'wide'],
    ['the length of a key', { [x(128)]: 1 }, { [x(129)]: 1 }, 'map'],
    ['the length of a key that is declared', { [x(200)]: 1 }, { [x(201)]: 1 }, 'longKeys'],
    ['anything', { a: [keys(256), x(32_768)] }, { a: [keys(257)] }, 'free'],
    ['a text somewhere', { a: [{ b: x(32_768) }] }, { a: [{ b: x(32_769) }] }, 'free'],
  ])('%s', (_name, fits, not, field) => {
    expect(update({ [field]: fits })).toBe('applied')
    expect(update({ [field]: not })).toMatch(/^(TOO_LARGE|INVALID)/)
    expect(verdictOn('put', { [field]: not })).toMatch(/^(TOO_LARGE|INVALID)/)
  })

  test('it says where, how much, and what to do', () => {
    expect(update({ free: { a: [{ b: x(32_769) }] } })).toBe(
      'TOO_LARGE: free.a[0].b has 32769 characters; the most is 32768. Declare more in the schema, z.string().max(...), or use a field type for texts.',
    )
    expect(update({ map: keys(257) })).toMatch('map has 257 keys; the most is 256. Use registerMap()')
    expect(update({ map: { [x(129)]: 1 } })).toMatch('A key of map has 129 characters; the most is 128.')
  })

  test('a creation, the input of a named operation, and what it makes of the record', () => {
    expect(
      decide(notes, undefined, candidate('create', { id: 'r', either: 0, plain: x(32_769) }), place),
    ).toMatchObject({ kind: 'refuse', verdict: { code: 'TOO_LARGE' } })
    expect(verdictOn('append', { text: x(32_768), long: x(40_000) })).toBe('applied')
    expect(verdictOn('append', { text: x(32_769) })).toMatch('TOO_LARGE: input.text has')
    const half = () => openServerHalf(notes, row(), candidate('append', { text: x(32_769) }))
    expect(half).toThrowError(SyncError)
    const full = row({ plain: x(32_768) })
    expect(decide(notes, full, candidate('append', { text: 'y' }), place)).toMatchObject({
      verdict: { code: 'TOO_LARGE', message: expect.stringMatching('plain has 32769') as string },
    })
  })

  test('what is there already, of an earlier version or by server code, stays, and other fields can be written', () => {
    const large = row({ plain: x(60_000), map: keys(500) })
    for (const one of [candidate('update', { either: 1 }), candidate('update', { long: 'y' })])
      expect(decide(notes, large, one, place)).toMatchObject({ kind: 'write' })
  })

  test('what a newer schema wrote waits for a server that knows it', () => {
    expect(verdictOn('update', { plain: x(40_000) }, '1.1.0')).toBe('wait SERVER_OLDER')
  })

  test('fields with a type of their own have the bounds of a payload alone', () => {
    const set = Object.fromEntries(Object.keys(keys(300)).map((key) => [key, 'v']))
    const made = candidate('create', { id: 'r', $deltas: { settings: { set, remove: [] } } })
    expect(decide(typed, undefined, made, place)).toMatchObject({ kind: 'write' })
  })
})

function inner(text: string, other: string): Portable {
  return { inner: { text, other } }
}
