import { hasCode, type FieldState, type Portable, type Wanted } from '@holdfast/core'
import { deleteText, insertText, textType, textUpdate } from '@holdfast/plugins/text'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { hostileUpdates } from '../support/text-case.ts'

let made = 0
const nextId = (): string => `operation-${(made += 1)}`

const changeOf = ({ input }: { readonly input: Portable }): Wanted => ({ kind: 'change', input })
const set = (value: string): Wanted => ({ kind: 'set', value })

const prepare = (state: FieldState, wanted: Wanted, operationId = nextId()): Uint8Array => {
  const delta = textType.prepare(state, wanted, { operationId, baseVersion: 0 })
  if (delta === undefined) throw new Error('There was nothing to do.')
  return delta
}

const apply = (state: FieldState, delta: Portable, replaying = false): FieldState =>
  textType.apply(state, delta, { operationId: nextId(), timestamp: 1, version: 1, replaying })

const written = (state: FieldState, ...wishes: readonly Wanted[]): FieldState => {
  let after = state
  for (const wish of wishes) after = apply(after, prepare(after, wish))
  return after
}

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (hasCode(error, 'INVALID') || hasCode(error, 'MISSING_DEPENDENCY')) return error.code
    throw error
  }
  return 'none'
}

const { empty } = textType
const hello = written(empty, set('Hello world')) as FieldState & { readonly value: string }

describe('edits', () => {
  test.each([
    ['an insertion', insertText(5, ','), 'Hello, world'],
    ['a deletion', deleteText(0, 6), 'world'],
    ['an insertion beyond the end', insertText(99, '!'), 'Hello world!'],
    ['a deletion beyond the end', deleteText(5, 99), 'Hello'],
  ])('%s', (_what, change, expected) => {
    expect(written(hello, changeOf(change)).value).toBe(expected)
  })

  test('whole characters stay whole', () => {
    const faces = written(empty, set('a😀b😀c'))
    expect(written(faces, changeOf(insertText(2, 'x'))).value).toBe('ax😀b😀c')
    expect(written(faces, changeOf(deleteText(2, 1))).value).toBe('ab😀c')
    expect(written(faces, changeOf(deleteText(1, 1))).value).toBe('ab😀c')
    // The two differ in their second half only.
    expect(written(faces, set('a😁b😀c')).value).toBe('a😁b😀c')
  })

  test('setting a text keeps what somebody else writes into the parts that are the same', () => {
    const base = written(empty, set('The quick fox jumps over the dog'))
    const mine = prepare(base, set('The slow fox jumps over the lazy dog'))
    const theirs = prepare(base, changeOf(insertText(13, ' of ours')))
    expect(apply(apply(base, mine), theirs).value).toBe('The slow fox of ours jumps over the lazy dog')
    expect(apply(apply(base, theirs), mine).value).toBe('The slow fox of ours jumps over the lazy dog')
  })

  test('a text that has nothing in common is replaced', () => {
    const long = 'abcdefgh '.repeat(2_000)
    const other = 'ZYXWVUTS-'.repeat(2_000)
    expect(written(empty, set(long), set(other)).value).toBe(other)
  })
})

describe('what was no text field before', () => {
  test('becomes one on its own, the same on every device', () => {
    const plain = { value: 'was a plain string' }
    const mine = prepare(plain, changeOf(insertText(18, '!')))
    const theirs = prepare(plain, changeOf(deleteText(0, 4)))
    expect(apply(apply(plain, mine), theirs).value).toBe('a plain string!')
    expect(apply(apply(plain, theirs), mine).value).toBe('a plain string!')
  })
})

describe('changes that were made with Yjs', () => {
  test('are taken, and what is known already is left out', () => {
    const document = new Y.Doc()
    const text = document.getText('text')
    text.insert(0, 'one')
    const first = written(empty, changeOf(textUpdate(Y.encodeStateAsUpdate(document))))
    text.insert(3, ' two')
    const whole = textUpdate(Y.encodeStateAsUpdate(document))
    expect(written(first, changeOf(whole)).value).toBe('one two')
    const again = textType.prepare(written(first, changeOf(whole)), changeOf(whole), {
      operationId: 'x',
      baseVersion: 0,
    })
    expect(again).toBeUndefined()
  })

  test('that two devices took over from the same document count once', () => {
    const document = new Y.Doc()
    document.getText('text').insert(0, 'imported')
    const early = prepare(hello, changeOf(textUpdate(Y.encodeStateAsUpdate(document))))
    document.getText('text').insert(8, ' and more')
    document.getText('text').delete(0, 2)
    const late = prepare(hello, changeOf(textUpdate(Y.encodeStateAsUpdate(document))))
    const both = apply(apply(hello, early), late)
    expect(both.value).toContain('ported and more')
    expect(both.value).toHaveLength(hello.value.length + 'ported and more'.length)
    expect(codeOf(() => apply(apply(hello, early), early))).toBe('none')
  })

  test('are INVALID where they build on others that were not passed on', () => {
    const document = new Y.Doc()
    document.getText('text').insert(0, 'one')
    const seen = Y.encodeStateVector(document)
    document.getText('text').insert(3, ' two')
    const rest = textUpdate(Y.encodeStateAsUpdate(document, seen))
    expect(codeOf(() => prepare(empty, changeOf(rest)))).toBe('INVALID')
  })

  test.each(hostileUpdates.map((update, index) => [index, update] as const))(
    'are INVALID where they are no plain text (%i)',
    (_index, update) => {
      expect(codeOf(() => apply(hello, update))).toBe('INVALID')
      expect(codeOf(() => apply(hello, update, true))).toBe('INVALID')
    },
  )
})

describe('a change whose forerunner was refused', () => {
  const first = prepare(hello, changeOf(insertText(5, ' refused')))
  const seen = apply(hello, first)

  test('is MISSING_DEPENDENCY', () => {
    const second = prepare(seen, changeOf(insertText(10, ' kept')))
    expect(codeOf(() => apply(hello, second))).toBe('MISSING_DEPENDENCY')
  })

  test('is MISSING_DEPENDENCY too where it only removes', () => {
    const second = prepare(seen, changeOf(deleteText(6, 3)))
    expect(codeOf(() => apply(hello, second))).toBe('MISSING_DEPENDENCY')
  })

  test('is shown on a device that replays it: what the user typed is there, near its place', () => {
    const second = prepare(seen, changeOf(insertText(10, ' kept')))
    const shown = apply(hello, second, true)
    expect(shown.value).toBe('Hello world kept')
    const atEdge = prepare(seen, changeOf(insertText(13, ' kept')))
    expect(apply(hello, atEdge, true).value).toBe('Hello kept world')
  })

  test('is shown where it was, not a letter further on, where what it stood after is removed', () => {
    const second = prepare(seen, changeOf(insertText(5, ' kept')))
    expect(apply(hello, second, true).value).toBe('Hello kept world')
    const removed = written(hello, changeOf(deleteText(4, 1)))
    expect(apply(removed, second, true).value).toBe('Hell kept world')
  })

  test('waits for nothing in the state: what comes later finds it as it is shown', () => {
    const second = prepare(seen, changeOf(insertText(10, ' kept')))
    const shown = apply(hello, second, true)
    expect(written(shown, changeOf(insertText(0, '> '))).value).toBe('> Hello world kept')
    expect(apply(shown, prepare(shown, changeOf(insertText(99, '.')))).value).toBe('Hello world kept.')
  })

  test('is made again by the difference, and taken', () => {
    const second = prepare(seen, changeOf(insertText(10, ' kept')))
    const base = written(hello, changeOf(insertText(11, '!')))
    const shown = apply(base, second, true)
    const again = textType.difference(base, shown, { operationId: 'again', baseVersion: 9 })
    expect(apply(base, again ?? null).value).toBe('Hello world! kept')
  })
})

test('letters whose name somebody else has are MISSING_DEPENDENCY, not dropped', () => {
  const one = prepare(hello, changeOf(insertText(0, 'one ')), 'same')
  const other = prepare(hello, changeOf(insertText(0, 'other ')), 'same')
  expect(codeOf(() => apply(apply(hello, one), other))).toBe('MISSING_DEPENDENCY')
  expect(apply(apply(hello, one), other, true).value).toBe('one other Hello world')
})

test('each operation writes under a name of its own', () => {
  const clients = (delta: Uint8Array): readonly number[] => [...Y.parseUpdateMeta(delta).to.keys()]
  const [one, other] = [prepare(hello, set('Hello, world')), prepare(hello, set('Hello, world'))]
  expect(clients(one)).toHaveLength(1)
  expect(clients(one)).not.toEqual(clients(other))
  expect(prepare(hello, set('Hello, world'), 'same')).toEqual(prepare(hello, set('Hello, world'), 'same'))
})

test('the difference to a state that is no later one is what leads to its text', () => {
  const [one, other] = [written(hello, set('Hello you')), written(hello, set('Bye world'))]
  const delta = textType.difference(one, other, { operationId: 'd', baseVersion: 1 })
  expect(apply(one, delta ?? null).value).toBe('Bye world')
})
