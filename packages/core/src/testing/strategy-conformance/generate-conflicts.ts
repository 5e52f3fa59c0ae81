import type { Portable } from '../../base/portable.ts'
import type { Patch } from '../../model/record.ts'
import type { Conflict, Stamp } from '../../model/strategy.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'

/** By field, values that a strategy is made for. They are tried besides those that any field may have. */
export type Samples = Readonly<Record<string, readonly Portable[]>>

type Value = Portable | undefined

/** What tells a comparison by value from one by identity, by truth or by type. Undefined: the side has no such field. */
const plainValues: readonly Value[] = [
  ...[undefined, null, false, true, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, 0n, -(10n ** 30n)],
  ...['', 'b', 'B', '10', 'é', 'e\u0301', 'a longer text 🦭'],
  ...[new Date(0), new Date(-62_135_596_800_000), new Date(253_402_300_799_999)],
  ...[new Uint8Array(), new Uint8Array([1, 2])],
  ...[[], ['b', 'a'], [['a'], { b: [new Date(0)] }]],
  ...[{}, { b: 1, a: { d: 2n, c: [new Uint8Array([7])] } }, { toString: 'no method', length: -1 }],
]

const plainFields = ['note', 'tags', 'title', 'votes', 'z9']
const time = 1_750_000_000_000

/** How the two sides' stamps of one field may stand to each other. The server's side may have none. */
const stampPairs: readonly { readonly local: Stamp; readonly remote: Stamp | undefined }[] = [
  { local: { timestamp: time, clientId: 'c-1' }, remote: { timestamp: time + 1, clientId: 'c-2' } },
  { local: { timestamp: time + 1, clientId: 'c-1' }, remote: { timestamp: time, clientId: 'c-2' } },
  { local: { timestamp: time, clientId: 'c-1' }, remote: { timestamp: time, clientId: 'c-2' } },
  { local: { timestamp: time, clientId: 'c-2' }, remote: { timestamp: time, clientId: 'c-1' } },
  { local: { timestamp: time, clientId: 'c-1' }, remote: { timestamp: time, clientId: 'c-1' } },
  { local: { timestamp: 0, clientId: 'c-1' }, remote: undefined },
]

interface Disputed {
  readonly field: string
  readonly local: Value
  readonly remote: Value
}

const valuesOf = (disputed: readonly Disputed[], side: 'local' | 'remote'): Patch =>
  Object.fromEntries(
    disputed.flatMap(({ field, [side]: value }) => (value === undefined ? [] : [[field, value]])),
  )

const toConflict = (disputed: readonly Disputed[], random: SeededRandom): Conflict => {
  const pairs = disputed.map(({ field }) => ({ field, ...random.pick(stampPairs) }))
  const serverVersion = random.between(1, 9)
  return structuredClone({
    collection: 'things',
    recordId: 'r-1',
    fields: disputed.map(({ field }) => field),
    local: {
      values: valuesOf(disputed, 'local'),
      stamps: Object.fromEntries(pairs.map(({ field, local }) => [field, local])),
    },
    remote: {
      values: valuesOf(disputed, 'remote'),
      stamps: Object.fromEntries(
        pairs.flatMap(({ field, remote }) => (remote === undefined ? [] : [[field, remote]])),
      ),
    },
    baseVersion: random.between(0, serverVersion - 1),
    serverVersion,
  })
}

/**
 * Each pair of values at least once (equal ones too: a field that an operation only reads is disputed without
 * differing), then conflicts of several fields.
 */
export const generateConflicts = (random: SeededRandom, samples: Samples): readonly Conflict[] => {
  const names = [...new Set([...plainFields, ...Object.keys(samples)])].sort()
  const samplesOf = (field: string): readonly Value[] =>
    (Object.hasOwn(samples, field) ? samples[field] : undefined) ?? []
  const valueOf = (field: string): Value => {
    const own = samplesOf(field)
    const choice = own.length > 0 && random.chance(0.7) ? own : plainValues
    return choice[random.between(0, choice.length - 1)]
  }

  const ownPairs = Object.keys(samples).flatMap((field) =>
    samplesOf(field).flatMap((local) => samplesOf(field).map((remote) => ({ field, local, remote }))),
  )
  const plainPairs = plainValues.flatMap((local) =>
    plainValues.map((remote) => ({ field: random.pick(names), local, remote })),
  )
  const several = Array.from({ length: 300 }, () => {
    const share = random.next()
    const fields = names.filter(() => random.chance(share))
    return (fields.length > 0 ? fields : names).map((field) => {
      const local = valueOf(field)
      return { field, local, remote: random.chance(0.1) ? local : valueOf(field) }
    })
  })
  return [...[...ownPairs, ...plainPairs].map((pair) => [pair]), ...several].map((disputed) =>
    toConflict(disputed, random),
  )
}
