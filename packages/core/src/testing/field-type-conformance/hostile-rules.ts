import { hasCode, reasonOf } from '../../base/errors.ts'
import { assertPortable, type Portable } from '../../base/portable.ts'
import type { FieldState, FieldType, Wanted } from '../../model/field-type.ts'
import { canonical } from '../strategy-conformance/canonical.ts'
import { ensure } from '../storage-conformance/assert.ts'
import { fork, grow } from './history.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import { applyingOf, asText, attempt, makerOf, type FieldTypeRule, type Wishes } from './rule.ts'

const deep = (levels: number): Portable => (levels === 0 ? [] : [deep(levels - 1)])

/** What may come in place of a delta from a client that was written by somebody else. */
const hostileValues: readonly Portable[] = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
  10n ** 30n,
  '',
  'x',
  '\ud83d\ude00',
  new Date(0),
  new Uint8Array(),
  Uint8Array.of(0),
  Uint8Array.of(0, 0),
  Uint8Array.from({ length: 64 }, () => 255),
  Uint8Array.from({ length: 64 }, (_, index) => index),
  [],
  [null],
  [1, 'x'],
  {},
  { add: 1, remove: 2 },
  { add: [['t', 1]], remove: [{}] },
  { set: { k: 1 }, remove: 'k' },
  { set: [], remove: [] },
  { hasOwnProperty: 1, toString: 2, length: -1 },
  deep(20),
]

/** Damaged versions of a delta that was in order. */
const damaged = (delta: Portable): readonly Portable[] => {
  if (delta instanceof Uint8Array) {
    const flipped = delta.map((byte, index) => (index === delta.length >> 1 ? byte ^ 0x55 : byte))
    return [delta.slice(1), delta.slice(0, -1), delta.slice(0, delta.length >> 1), flipped]
  }
  if (typeof delta === 'object' && delta !== null && !Array.isArray(delta) && !(delta instanceof Date)) {
    const entries = Object.entries(delta)
    return entries.flatMap(([key]) => [
      Object.fromEntries(entries.filter(([each]) => each !== key)),
      Object.fromEntries(entries.map(([each, member]) => [each, each === key ? 5 : member])),
    ])
  }
  return [[delta], { delta }]
}

const isRefusal = (error: unknown): boolean =>
  hasCode(error, 'INVALID') || hasCode(error, 'MISSING_DEPENDENCY')

const isPortable = ({ value, hidden = null }: FieldState): boolean => {
  try {
    assertPortable(value)
    assertPortable(hidden)
    return true
  } catch {
    return false
  }
}

/** Whatever a call throws is one of two refusals. */
const ensureRefusal = (run: () => unknown, what: () => string): void => {
  try {
    run()
  } catch (error) {
    ensure(isRefusal(error), `${what()} threw ${reasonOf(error)}`)
  }
}

type Orphan = (replaying: boolean) => FieldState

/** Of each author all deltas but the first, one after the other. */
const orphansOf = (type: FieldType, wishes: Wishes, random: SeededRandom): readonly Orphan[] => {
  const { base, branches } = fork(type, wishes, random)
  return branches.map(([, ...orphans]) => (replaying) => {
    let { state } = base
    for (const [index, one] of orphans.entries())
      state = type.apply(state, one.delta, applyingOf(one, base.operations.size + index + 1, replaying))
    return state
  })
}

export const hostileRules: readonly FieldTypeRule[] = [
  {
    id: 'FT15',
    title:
      'a delta or a wish that makes no sense is INVALID or MISSING_DEPENDENCY, and nothing else is thrown',
    check(context) {
      const { make, check, hostile, eachRun } = context
      const type = make()
      eachRun((random) => {
        const [replica] = grow(type, context, random)
        if (replica === undefined) return
        const { state } = replica
        const version = replica.operations.size
        const [last] = [...replica.operations.values()].slice(-1)
        const one = { id: 'h', author: 'h', timestamp: 1_000 }
        for (const delta of [
          ...hostileValues,
          ...hostile,
          ...(last === undefined ? [] : damaged(last.delta)),
        ]) {
          for (const replaying of [false, true]) {
            ensureRefusal(
              () => {
                const after = type.apply(state, delta, applyingOf({ ...one, delta }, version + 1, replaying))
                ensure(isPortable(after), `${canonical(delta)} was taken, and left what can't be stored`)
                const problem = check(after.value)
                ensure(
                  problem === undefined,
                  `${canonical(delta)} was taken, and left ${asText(after.value)}`,
                )
              },
              () => `The delta ${canonical(delta)}`,
            )
          }
        }
        for (const input of [...hostileValues, ...hostile]) {
          for (const wanted of [
            { kind: 'change', input },
            { kind: 'set', value: input },
          ] satisfies Wanted[]) {
            ensureRefusal(
              () => type.prepare(state, wanted, makerOf('h', version)),
              () => `The wish ${canonical(wanted)}`,
            )
          }
        }
      })
    },
  },
  {
    id: 'FT16',
    title:
      'a delta whose forerunner never arrived is taken, or MISSING_DEPENDENCY, on a device that replays it too',
    check({ make, wishes, eachRun }) {
      const type = make()
      eachRun((random) => {
        for (const orphan of orphansOf(type, wishes, random)) {
          for (const replaying of [false, true]) {
            const counted = attempt(() => orphan(replaying))
            ensure(
              counted.kind === 'answer' || counted.error.code === 'MISSING_DEPENDENCY',
              `It was refused: ${counted.kind === 'refused' ? counted.error.code : ''}`,
            )
          }
        }
      })
    },
  },
  {
    id: 'FT17',
    title: 'a device shows something of every delta, whatever is missing before it',
    promise: 'alwaysShown',
    check({ make, wishes, eachRun }) {
      const type = make()
      eachRun((random) => {
        for (const orphan of orphansOf(type, wishes, random)) orphan(true)
      })
    },
  },
]
