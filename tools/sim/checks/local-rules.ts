import type { CommitBatch } from '@holdfast/core/storage'
import { replayed, type Base } from '../model/replay.ts'
import { canonical, isSame, parseData, type Data } from '../model/values.ts'
import { checkFates, statusesBefore } from './fates.ts'
import type { Journal } from './journal.ts'
import { checkLeaving } from './leaving.ts'
import {
  applyCommit,
  mirrorOf,
  recordOf,
  scopeOf,
  scopesIn,
  type DeviceMirror,
  type LocalOperation,
  type LocalRecord,
  type Mirror,
} from './mirror.ts'
import { must } from './violation.ts'

const baseOf = ({ base }: LocalRecord): Base | undefined => base && { ...base, data: parseData(base.data) }

/** What the app sees of a record, by its stored entry. */
export const shownOf = (record: LocalRecord | undefined): Data | undefined => {
  if (record === undefined) return undefined
  if (record.shown === null) return undefined
  if (record.shown !== undefined) return parseData(record.shown)
  return record.base === undefined || record.base.deleted ? undefined : parseData(record.base.data)
}

export interface CommitContext {
  readonly device: DeviceMirror
  readonly journalOf: (scope: string) => Journal
  /** Whether the app allowed to drop what is unfinished in a scope. */
  readonly mayDiscard: (scope: string) => boolean
}

/**
 * Takes a device's commit into its mirror, and holds what the device then has against the model and against
 * the server's journals.
 * @throws Violation
 */
export const checkCommit = (context: CommitContext, batch: CommitBatch, revision: number): void => {
  const { device } = context
  must(revision === device.revision + 1, 'atomic', () => `revision ${revision} follows ${device.revision}`)
  const scopes = scopesIn(device, batch)
  const after = [...scopes].map((scope) => {
    const writes =
      scopes.size === 1
        ? batch.writes
        : batch.writes.filter(({ key, value }) => scopeOf(device, key, value) === scope)
    return watchScope(context, mirrorOf(device, scope), { ...batch, writes })
  })
  applyCommit(device, batch, revision)
  for (const check of after) check()
}

/** Looks at one scope before a commit; what is returned looks at it afterwards. */
const watchScope = (
  { device, journalOf, mayDiscard }: CommitContext,
  mirror: Mirror,
  batch: CommitBatch,
): (() => void) => {
  const journal = journalOf(mirror.scope)
  const headBefore = mirror.cursor?.head ?? 0
  const statuses = statusesBefore(mirror, batch)
  const touched = new Set(batch.writes.flatMap(({ key }) => recordOf(key) ?? []))
  const basesBefore = new Map([...touched].map((key) => [key, mirror.records.get(key)?.base?.version]))
  const leaving = checkLeaving({ device, mirror, batch, mayDiscard })

  return () => {
    if (mirror.log?.left === true) leaving()
    else checkScope(mirror, journal, { headBefore, statuses, touched, basesBefore })
  }
}

interface ScopeBefore {
  readonly headBefore: number
  readonly statuses: ReturnType<typeof statusesBefore>
  readonly touched: ReadonlySet<string>
  readonly basesBefore: ReadonlyMap<string, number | undefined>
}

const checkScope = (
  mirror: Mirror,
  journal: Journal,
  { headBefore, statuses, touched, basesBefore }: ScopeBefore,
): void => {
  const head = mirror.cursor?.head ?? 0
  must(head >= headBefore, 'causal', () => `the head went from ${headBefore} back to ${head}`)
  checkCounts(mirror)
  checkFates(mirror, journal, statuses)
  for (const key of touched) {
    checkShown(mirror, key)
    if (head === headBefore) {
      const version = mirror.records.get(key)?.base?.version
      must(version === basesBefore.get(key), 'causal', () => `the base of ${key} changed without a new head`)
    }
  }
  if (head !== headBefore) {
    // Between two heads stands what was committed at once, transactions too.
    must(journal.wasHead(head), 'atomic', () => `the server never stood at ${head}`)
    for (const key of new Set([...touched, ...journal.changedBetween(headBefore, head)])) {
      checkBase(mirror, journal, key)
    }
    checkReplayedOnce(mirror, journal, head)
  }
}

/** The counters of the log, against what is there. */
const checkCounts = (mirror: Mirror): void => {
  const { log, queue, held, blocked, conflicts, dead, ids, overlays, done } = mirror
  const isSent = ({ clientSeq }: { readonly clientSeq?: number }): boolean => clientSeq !== undefined
  const heldSent = [...held.values()].filter(isSent).length
  const sent = [...queue.values()].filter(isSent).length + heldSent
  const counted = {
    pending: queue.size + held.size - sent,
    sent,
    conflicts: [...conflicts.values()].filter(({ fields }) => fields.length > 0).length,
    deadLetters: dead.size,
    held: held.size,
    heldSent,
  }
  const told = {
    pending: log?.pending ?? 0,
    sent: log?.sent ?? 0,
    conflicts: log?.conflicts ?? 0,
    deadLetters: log?.deadLetters ?? 0,
    held: log?.held ?? 0,
    heldSent: log?.heldSent ?? 0,
  }
  const blocking = [...blocked.values()].reduce((sum, count) => sum + count, 0)
  must(blocking === held.size, 'atomic', () => `${held.size} are held back, ${blocking} by their records`)
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
