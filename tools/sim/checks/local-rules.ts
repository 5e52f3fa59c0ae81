import type { CommitBatch } from '@holdfast/core/storage'
import { canonical, isSame, parseData, type Data } from '../model/values.ts'
import { checkFates, statusesBefore } from './fates.ts'
import type { Journal } from './journal.ts'
import { applyCommit, recordOf, type Mirror } from './mirror.ts'
import { baseIn, replayedOn, shownIn, storedShown } from './shown.ts'
import { checkStaging } from './staging.ts'
import { must } from './violation.ts'

/**
 * Takes a device's commit into its mirror, and holds what the device then has against the model and against
 * the server's journal.
 * @throws Violation
 */
export const checkCommit = (mirror: Mirror, journal: Journal, batch: CommitBatch, revision: number): void => {
  must(revision === mirror.revision + 1, 'atomic', () => `revision ${revision} follows ${mirror.revision}`)
  const headBefore = mirror.cursor?.head ?? 0
  const before = { log: mirror.log, staging: mirror.staging }
  const statuses = statusesBefore(mirror, batch)
  const touched = new Set(batch.writes.flatMap(({ key }) => recordOf(key) ?? []))
  const basesBefore = new Map([...touched].map((key) => [key, baseIn(mirror, key)?.version]))
  const movesLog = batch.writes.some(({ key }) => key.startsWith('log/'))
  const shownBefore = movesLog ? undefined : new Map([...touched].map((key) => [key, shownIn(mirror, key)]))

  applyCommit(mirror, batch, revision)

  const head = mirror.cursor?.head ?? 0
  must(head >= headBefore, 'causal', () => `the head went from ${headBefore} back to ${head}`)
  checkStaging(mirror, batch, before)
  checkCounts(mirror)
  checkFates(mirror, journal, statuses)
  for (const key of touched) {
    checkShown(mirror, key)
    if (head === headBefore) {
      const version = baseIn(mirror, key)?.version
      must(version === basesBefore.get(key), 'causal', () => `the base of ${key} changed without a new head`)
    }
    must(
      shownBefore === undefined || isSame(shownBefore.get(key), shownIn(mirror, key)),
      'causal',
      () => `${key} is shown as something else, and the log did not move`,
    )
  }
  if (head !== headBefore) {
    for (const key of new Set([
      ...touched,
      ...mirror.staged.keys(),
      ...journal.changedBetween(headBefore, head),
    ])) {
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

/** The record's own entry agrees with itself. Whether it counts is another matter. */
const checkShown = (mirror: Mirror, key: string): void => {
  const record = mirror.records.get(key)
  const overlay = mirror.overlays.get(key)
  const lying = overlay?.size ?? 0
  must((record?.overlay ?? 0) === lying, 'atomic', () => `${key} has ${lying} operations`)
  const wanted = replayedOn(mirror, key, record?.base)
  const shown = storedShown(record)
  must(
    isSame(wanted, shown),
    'causal',
    () =>
      `${key} shows ${canonical(shown)}, must be ${canonical(wanted)}\n${JSON.stringify({ record, overlay: [...(overlay ?? [])], conflict: mirror.conflicts.get(key) })}`,
  )
}

/** At a head, the base is the server's record at that head. */
export const checkBase = (mirror: Mirror, journal: Journal, key: string): void => {
  const base = baseIn(mirror, key)
  const row = journal.rowAt(key, mirror.cursor?.head ?? 0)
  // A snapshot brings what lives: whoever never had the record need not hear of its end.
  const isUnheard = base === undefined && row?.deleted === true
  const same =
    isUnheard ||
    (base?.version === row?.version &&
      base?.deleted === row?.deleted &&
      (base === undefined || base.deleted || isSame(parseData(base.data), row?.data as Data)))
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
