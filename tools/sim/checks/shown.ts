import { replayed, type Base } from '../model/replay.ts'
import { parseData, renamed, visible, type Data } from '../model/values.ts'
import type { LocalOperation, LocalRecord } from './local-entries.ts'
import type { Mirror } from './mirror.ts'

/** A record's staged row, where it counts: a generation is being folded. */
const stagedIn = ({ log, staged }: Mirror, key: string): LocalRecord | undefined =>
  log?.folding === undefined ? undefined : staged.get(key)

/** The server's row under what a device shows of a record. */
export const baseIn = (mirror: Mirror, key: string): LocalRecord['base'] =>
  (stagedIn(mirror, key) ?? mirror.records.get(key))?.base

/** What lies on a record, and what it comes to on this base. */
export const replayedOn = (mirror: Mirror, key: string, base: LocalRecord['base']): Data | undefined => {
  const overlay = [...(mirror.overlays.get(key) ?? [])].sort(([left], [right]) => left - right)
  const overwritten = Object.entries(mirror.conflicts.get(key)?.overwritten ?? {})
  const operations = overlay.map(([, operation]) => ({
    ...operation,
    without: withoutOf(operation, overwritten),
  }))
  return replayed(base && toBase(base), operations)
}

/** What the app sees of a record. */
export const shownIn = (mirror: Mirror, key: string): Data | undefined => {
  const staged = stagedIn(mirror, key)
  const shown =
    staged === undefined ? storedShown(mirror.records.get(key)) : replayedOn(mirror, key, staged.base)
  return shown && visible(shown)
}

/** What the record's own entry says. */
export const storedShown = (record: LocalRecord | undefined): Data | undefined => {
  if (record === undefined || record.shown === null) return undefined
  if (record.shown !== undefined) return parseData(record.shown)
  return record.base === undefined || record.base.deleted ? undefined : parseData(record.base.data)
}

const toBase = (base: Exclude<LocalRecord['base'], undefined>): Base => ({
  ...base,
  data: parseData(base.data),
})

/** What an operation that waits in a conflict must leave alone: a later one of this device wrote it. */
const withoutOf = (
  { status, localSeq }: LocalOperation,
  overwritten: readonly (readonly [string, number])[],
): readonly string[] =>
  status === 'CONFLICT' ? overwritten.flatMap(([field, by]) => (by > localSeq ? [renamed(field)] : [])) : []
