import { byPath, counter, orSet, registerMap, type Portable, type Wanted } from '@holdfast/core'
import type { FieldTypeConformanceOptions, SeededRandom } from '@holdfast/core/testing'
import { z } from 'zod'

export type FieldCase = Omit<FieldTypeConformanceOptions, 'test'>

const set = (value: Portable): Wanted => ({ kind: 'set', value })
const change = (input: Portable): Wanted => ({ kind: 'change', input })

const letters = ['a', 'b', 'c', 'd', 'é', '😀'] as const
const some = (random: SeededRandom): string[] =>
  Array.from({ length: random.between(0, 3) }, () => random.pick(letters))

const isList = (value: Portable | undefined): value is readonly Portable[] => Array.isArray(value)
const listIn = (value: Portable | undefined): readonly Portable[] => (isList(value) ? value : [])
const membersIn = (value: Portable | undefined): Readonly<Record<string, Portable>> =>
  (value ?? {}) as Readonly<Record<string, Portable>>
const sorted = (members: Iterable<Portable>): readonly Portable[] =>
  [...new Set(members)].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))

const counterCase: FieldCase = {
  field: counter,
  wishes: (random) => (random.chance(0.3) ? set(random.between(-9, 9)) : change(random.between(-3, 3))),
  effect: (before, wanted) => (wanted.kind === 'set' ? wanted.value : Number(before) + Number(wanted.input)),
}

const orSetCase: FieldCase = {
  field: () => orSet(z.string()),
  wishes(random) {
    if (random.chance(0.3)) return set(some(random))
    return change({ [random.pick(['add', 'remove'])]: some(random) })
  },
  effect(before, wanted) {
    if (wanted.kind === 'set') return sorted(listIn(wanted.value))
    const { add, remove } = membersIn(wanted.input)
    const kept = listIn(before).filter((member) => !listIn(remove).includes(member))
    return sorted([...kept, ...listIn(add)])
  },
}

const registerMapCase: FieldCase = {
  field: () => registerMap(z.string()),
  wishes(random) {
    const entries = some(random).map((key) => [key, random.pick(letters)] as const)
    if (random.chance(0.3)) return set(Object.fromEntries(entries))
    const remove = some(random).filter((key) => !entries.some(([each]) => each === key))
    return change({ set: Object.fromEntries(entries), remove })
  },
  effect(before, wanted) {
    if (wanted.kind === 'set') return wanted.value
    const { set: written, remove } = membersIn(wanted.input)
    const kept = Object.entries(membersIn(before)).filter(([key]) => !listIn(remove).includes(key))
    return { ...Object.fromEntries(kept), ...membersIn(written) }
  },
}

const nested = (random: SeededRandom, depth = 2): { [key: string]: Portable } => {
  const member = (): Portable =>
    depth > 0 && random.chance(0.5) ? nested(random, depth - 1) : random.pick([1, 2, 'x', null, ['l']])
  return Object.fromEntries(some(random).map((key) => [key, member()]))
}

/** The object with something changed on its first level, or below. */
const changed = (random: SeededRandom, value: Portable): Portable => {
  const { [random.pick(letters)]: _, ...kept } = membersIn(value)
  return { ...kept, ...nested(random) }
}

const byPathCase: FieldCase = {
  field: () => byPath(z.record(z.string(), z.unknown()), {}),
  wishes: (random, value) => set(random.chance(0.5) ? changed(random, value) : nested(random)),
  hostile: [
    { set: { '["__proto__"]': 1 }, remove: [] },
    { set: { '["__proto__","polluted"]': 1 }, remove: [] },
    { set: { '["a","constructor","prototype"]': { polluted: 1 } }, remove: [] },
    { set: { 'no path': 1 }, remove: [] },
    { set: { '[]': 1 }, remove: ['[1]'] },
    { set: { '["\\ud83d"]': 1, '["a\\u0000"]': 2 }, remove: [] },
  ],
}

/** The field types of core, each with what users may ask of it. */
export const fieldCases: Readonly<Record<string, FieldCase>> = {
  counter: counterCase,
  orSet: orSetCase,
  registerMap: registerMapCase,
  byPath: byPathCase,
}
