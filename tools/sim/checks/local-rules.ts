import type { CommitBatch } from '@holdfast/core/storage'
import { replayed, type Base } from '../model/replay.ts'
import { canonical, isSame, parseData, type Data } from '../model/values.ts'
import { checkFates, statusesBefore } from './fates.ts'
import type { Journal } from './journal.ts'
import { checkIndexes } from './index-rules.ts'
import { applyCommit, recordOf, type LocalOperation, type LocalRecord, type Mirror } from './mirror.ts'
import { shownOf } from './shown.ts'
import { must } from './violation.ts'

const baseOf = ({ base }: LocalRecord): Base | undefined => base && { ...base, data: parseData(base.data) }

/**
 * Takes a device's commit into its mirror, and holds what the device then has against the model and against
 * the server's journal.
 * @throws Violation
 */
export const checkCommit = (mirror: Mirror, journal: Journal, batch: CommitBatch, revision: number): void => {
  must(revision === mirror.revision + 1, 'atomic', () => `revision ${revision} follows ${mirror.revision}`)
  const headBefore = mirror.cursor?.head ?? 0
  const statuses = statusesBefore(mirror, batch)
  const touched = new Set(batch.writes.flatMap(({ key }) => recordOf(key) ?? []))
  const indexesBefore = mirror.indexes
  const basesBefore = new Map([...touched].map((key) => [key, mirror.records.get(key)?.base?.version]))

  applyCommit(mirror, batch, revision)

  const head = mirror.cursor?.head ?? 0
  must(head >= headBefore, 'causal', () => `the head went from ${headBefore} back to ${head}`)
  checkCounts(mirror)
  checkFates(mirror, journal, statuses)
  // Another table of indexes, or more of one built, is about every record.
  const isSame =
    mirror.indexes === indexesBefore && batch.writes.every(({ key }) => !key.startsWith('built/'))
  checkIndexes(mirror, isSame ? touched : new Set([...mirror.records.keys(), ...mirror.indexEntries.keys()]))
  for (const key of touched) {
    checkShown(mirror, key)
    if (head === headBefore) {
      const version = mirror.records.get(key)?.base?.version
      must(version === basesBefore.get(key), 'causal', () => `the base of ${key} changed without a new head`)
    }
  }
  if (head !== headBefore) {
    for (const key of new Set([...touched, ...journal.changedBetween(headBefore, head)])) {
      checkBase(mirror, journal, key)
    }
    checkReplayedOnce(mirror, journal, head)
  }
}

/** The counters of the log, against what is there. */
const checkCounts = ({ log, queue, conflicts, dead, ids, overlays, done }: Mirror): void => {
  const isSent = ({ clientSeq }: { readonly clientSeq?: number }): boolean => clientSeq !== undefined
  const sent = [...queue.values()].filter(isSent).length
  const counted = { pending: queue.size - sent, sent, conflicts: conflicts.size, deadLetters: dead.size }
  const { pending = 0, sent: sentTold = 0, conflicts: open = 0, deadLetters = 0 } = log ?? {}
  const told = { pending, sent: sentTold, conflicts: open, deadLetters }
  must(
    isSame(counted, told),
    'atomic',
    () => `the log tells ${canonical(told)}, there are ${canonical(counted)}`,
  )
  let operations = done.size
  for (const overlay of overlays.values()) operations += overlay.size
  must(
    ids.size === operations,
    'conserved',
    () => `${ids.size} operations were made, ${operations} are there`,
  )
}

/** What an operation that waits in a conflict must leave alone: a later one of this device wrote it. */
const withoutOf = (
  { status, localSeq }: LocalOperation,
  overwritten: readonly (readonly [string, number])[],
): readonly string[] =>
  status === 'CONFLICT' ? overwritten.flatMap(([field, by]) => (by > localSeq ? [field] : [])) : []

const checkShown = (mirror: Mirror, key: string): void => {
  const record = mirror.records.get(key)
  const overlay = [...(mirror.overlays.get(key) ?? [])].sort(([left], [right]) => left - right)
  must((record?.overlay ?? 0) === overlay.length, 'atomic', () => `${key} has ${overlay.length} operations`)
  const overwritten = Object.entries(mirror.conflicts.get(key)?.overwritten ?? {})
  const operations = overlay.map(([, operation]) => ({
    ...operation,
    without: withoutOf(operation, overwritten),
  }))
  const wanted = replayed(record && baseOf(record), operations)
  const shown = shownOf(record)
  must(
    isSame(wanted, shown),
    'causal',
    () =>
      `${key} shows ${canonical(shown)}, must be ${canonical(wanted)}\n${JSON.stringify({ record, overlay, conflict: mirror.conflicts.get(key) })}`,
  )
}

/** At a head, the base is the server's record at that head. */
export const checkBase = (mirror: Mirror, journal: Journal, key: string): void => {
  const base = mirror.records.get(key)?.base
  const row = journal.rowAt(key, mirror.cursor?.head ?? 0)
  const same =
    base?.version === row?.version &&
    base?.deleted === row?.deleted &&
    (base === undefined || base.deleted || isSame(parseData(base.data), row?.data as Data))
  must(
    same,
    'convergent',
    () => `${key} is ${JSON.stringify(base)} at ${mirror.cursor?.head}, must be ${JSON.stringify(row)}`,
  )
}

/** An applied operation is in the base or on it, never both. */
const checkReplayedOnce = ({ overlays }: Mirror, journal: Journal, head: number): void => {
  for (const overlay of overlays.values()) {
    for (const { id } of overlay.values()) {
      const seq = journal.decision(id)?.seq
      must(seq === undefined || seq > head, 'causal', () => `${id} is in the head ${head} and replayed on it`)
    }
  }
}
