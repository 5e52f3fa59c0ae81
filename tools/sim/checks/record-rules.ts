import type { ServerRow } from '@holdfast/core/protocol'
import { recordLifetimeIn } from '../model/lifetimes.ts'
import { rulesOf } from '../model/rules.ts'
import { unsaid } from '../model/text-kind.ts'
import { comparable } from '../model/typed.ts'
import { canonical, encoded, isSame, parseData, withFieldsOf, type Data } from '../model/values.ts'
import type { Journal } from './journal-world.ts'
import type { LocalRecord } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { baseIn, replayedOn, storedShown } from './shown.ts'
import { must } from './violation.ts'

/** Whether a record is shown as it was. */
export const isAsShown = (before: Data | undefined, now: Data | undefined): boolean =>
  isSame(withSaid(before, now), withSaid(now, before))

/** Where the model does not say what is shown, whatever is. */
const withSaid = (wanted: Data | undefined, shown: Data | undefined): Data | undefined => {
  if (wanted === undefined || shown === undefined) return wanted
  const fields = Object.keys(wanted).filter((field) => wanted[field] === unsaid)
  return withFieldsOf(wanted, shown, [...fields, ...fields.map((field) => `${field}$`)])
}

/** The record's own entry agrees with itself. Whether it counts is another matter. @throws Violation */
export const checkShown = (mirror: Mirror, key: string): void => {
  const record = mirror.records.get(key)
  const overlay = mirror.overlays.get(key)
  const lying = overlay?.size ?? 0
  must((record?.overlay ?? 0) === lying, 'atomic', () => `${key} has ${lying} operations`)
  const shown = storedShown(record)
  const wanted = withSaid(replayedOn(mirror, key, record?.base), shown)
  const { kinds = {} } = rulesOf(key.slice(0, key.indexOf('/')))
  const [expected, found] = [wanted, shown].map((data) => data && comparable(kinds, data))
  must(
    isSame(expected, found),
    'causal',
    () =>
      `${key} shows ${canonical(shown)}, must be ${canonical(wanted)}\n${JSON.stringify({ record, overlay: [...(overlay ?? [])], conflict: mirror.conflicts.get(key) })}`,
  )
}

/** At a head, the base is the server's record at that head. @throws Violation */
export const checkBase = (mirror: Mirror, journal: Journal, key: string): void => {
  const base = baseIn(mirror, key)
  const row = journal.rowAt(key, mirror.cursor?.head ?? 0)
  // A snapshot brings what lives: whoever never had the record need not hear of its end.
  const isUnheard = base === undefined && row?.deleted === true
  const isHidden = isHiddenIn(base, row)
  const same =
    isUnheard ||
    (base?.version === row?.version &&
      (isHidden || base?.deleted === row?.deleted) &&
      (base === undefined || base.deleted || isSame(parseData(base.data), encoded(row?.data ?? {}))))
  must(
    same,
    'convergent',
    () => `${key} is ${JSON.stringify(base)} at ${mirror.cursor?.head}, must be ${JSON.stringify(row)}`,
  )
}

/** What is over is taken for deleted, though the server may have it still. */
export const isHiddenIn = (base: LocalRecord['base'], row: ServerRow | undefined): boolean =>
  base?.deleted === true &&
  base.dataVersion !== undefined &&
  row?.deleted === false &&
  recordLifetimeIn(row.collection) !== Infinity

/** A device knows the server's time to half of the longest round trip (docs/gaps.md). */
const halfOfTheWay = 4_200

export interface Hiding {
  /** The time, by the clocks of servers. */
  readonly now: () => number
  readonly onHidden: () => void
}

/** A record is hidden no sooner than its lifetime is over. @throws Violation */
export const checkHidden = (
  mirror: Mirror,
  journal: Journal,
  key: string,
  { now, onHidden }: Hiding,
): void => {
  const base = baseIn(mirror, key)
  if (base?.deleted !== true || base.dataVersion === undefined) return
  const row = journal.rowAt(key, mirror.cursor?.head ?? 0)
  if (row === undefined || !isHiddenIn(base, row)) return
  const age = now() - row.updatedAt
  must(
    age >= recordLifetimeIn(row.collection) - halfOfTheWay,
    'conserved',
    () => `${key} is hidden ${age} ms after it was changed`,
  )
  onHidden()
}
