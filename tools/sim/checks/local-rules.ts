import type { CommitBatch } from '@holdfast/core/storage'
import type { ServerRow } from '@holdfast/core/protocol'
import { recordLifetimeIn } from '../model/lifetimes.ts'
import { rulesOf } from '../model/rules.ts'
import { unsaid } from '../model/text-kind.ts'
import { comparable } from '../model/typed.ts'
import { canonical, encoded, isSame, parseData, withFieldsOf, type Data } from '../model/values.ts'
import { applyCommit, scopesIn } from './apply-commit.ts'
import { checkBackedUp, checkCopiesKept } from './backups.ts'
import { checkTotal, touchesBank } from './bank.ts'
import { checkConsent } from './consent.ts'
import { checkFates, isSent, statusesBefore } from './fates.ts'
import type { Histories } from '../world/histories.ts'
import type { Journal } from './journal-world.ts'
import { checkLeaving } from './leaving.ts'
import { checkExpiring, type AgeOf } from './lifetimes.ts'
import { checkMadeAgain, movedBy } from './made-again.ts'
import {
  isRecovering,
  mirrorOf,
  recordOf,
  scopeOf,
  type DeviceMirror,
  type LocalOperation,
  type LocalRecord,
  type Mirror,
} from './mirror.ts'
import { baseIn, replayedOn, shownIn, storedShown } from './shown.ts'
import { checkStaging } from './staging.ts'
import { must } from './violation.ts'

export interface CommitContext {
  readonly device: DeviceMirror
  readonly histories: Pick<Histories, 'journalAt' | 'decisionsOf' | 'areLost'>
  /** Whether the app allowed to drop what is unfinished in a scope. */
  readonly mayDiscard: (scope: string) => boolean
  readonly mayCancel: (operation: LocalOperation) => boolean
  readonly isRestored: (operation: LocalOperation) => boolean
  readonly ageOf: AgeOf
  /** The time, by the clocks of servers. */
  readonly now: () => number
  readonly onHidden: () => void
}

/**
 * Takes a device's commit into its mirror, and holds what the device then has against the model and against
 * the server's journals.
 * @throws Violation
 */
export const checkCommit = (context: CommitContext, batch: CommitBatch, revision: number): void => {
  const { device } = context
  must(revision === device.revision + 1, 'atomic', () => `revision ${revision} follows ${device.revision}`)
  checkCopiesKept(device, batch)
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
  { device, histories, mayDiscard, mayCancel, isRestored, ageOf, now, onHidden }: CommitContext,
  mirror: Mirror,
  batch: CommitBatch,
): (() => void) => {
  const headBefore = mirror.cursor?.head ?? 0
  const before = { log: mirror.log, staging: mirror.staging }
  const wasRecovering = isRecovering(device, mirror)
  const statuses = statusesBefore(mirror, batch)
  const moved = movedBy(mirror, batch)
  const waited = new Set(mirror.risks)
  const touched = new Set(batch.writes.flatMap(({ key }) => recordOf(key) ?? []))
  const basesBefore = new Map([...touched].map((key) => [key, baseIn(mirror, key)?.version]))
  const movesLog = batch.writes.some(({ key }) => key.startsWith('log/'))
  const shownBefore = movesLog ? undefined : new Map([...touched].map((key) => [key, shownIn(mirror, key)]))
  const leaving = checkLeaving({ device, mirror, batch, mayDiscard })

  return () => {
    if (mirror.log?.left === true) leaving()
    else {
      checkStaging(mirror, batch, before)
      checkMadeAgain(moved, isRestored)
      checkBackedUp(device, mirror, { log: before.log, statuses })
      const journal = histories.journalAt(mirror.scope, mirror.cursor?.cursor)
      checkScope(
        { mirror, journal, histories, mayCancel, isRestored, ageOf, now, onHidden },
        {
          isDoubtful: device.isDoubtful,
          wasRecovering,
          isReset: before.log?.resetting !== undefined && mirror.log?.resetting === undefined,
          headBefore,
          statuses,
          waited,
          touched,
          basesBefore,
          shownBefore,
        },
      )
    }
  }
}

interface ScopeBefore {
  readonly isDoubtful: boolean
  readonly wasRecovering: boolean
  /** What was fetched anew is shown from here on. */
  readonly isReset: boolean
  readonly headBefore: number
  readonly statuses: ReturnType<typeof statusesBefore>
  /** Records that waited for the user's word. */
  readonly waited: ReadonlySet<string>
  readonly touched: ReadonlySet<string>
  readonly basesBefore: ReadonlyMap<string, number | undefined>
  /** Undefined where the commit moves the log: then something else may be shown. */
  readonly shownBefore: ReadonlyMap<string, Data | undefined> | undefined
}

interface ScopeNow extends Omit<CommitContext, 'device' | 'mayDiscard'> {
  readonly mirror: Mirror
  /** In which the device stands. */
  readonly journal: Journal
}

const checkScope = (
  { mirror, journal, histories, mayCancel, isRestored, ageOf, now, onHidden }: ScopeNow,
  {
    headBefore,
    statuses,
    waited,
    touched,
    basesBefore,
    shownBefore,
    isDoubtful,
    wasRecovering,
    isReset,
  }: ScopeBefore,
): void => {
  const head = mirror.cursor?.head ?? 0
  must(isReset || head >= headBefore, 'causal', () => `the head went from ${headBefore} back to ${head}`)
  checkCounts(mirror)
  const decisionsOf = (id: string): ReturnType<typeof histories.decisionsOf> =>
    histories.decisionsOf(mirror.scope, id)
  checkFates(
    { mirror, decisionsOf, isDoubtful, isRecovering: wasRecovering, mayCancel, isRestored },
    statuses,
  )
  checkExpiring(mirror, statuses, ageOf)
  checkConsent(mirror, statuses, waited)
  for (const key of touched) {
    checkShown(mirror, key)
    checkHidden(mirror, journal, key, { now, onHidden })
    if (head === headBefore && !isReset) {
      const version = baseIn(mirror, key)?.version
      must(version === basesBefore.get(key), 'causal', () => `the base of ${key} changed without a new head`)
    }
    must(
      shownBefore === undefined || isAsShown(shownBefore.get(key), shownIn(mirror, key)),
      'causal',
      () => `${key} is shown as something else, and the log did not move`,
    )
  }
  if (touchesBank(touched) || head !== headBefore || isReset) checkBank(mirror)
  if (head !== headBefore || isReset) {
    // Between two heads stands what was committed at once, transactions too.
    must(journal.wasHead(head), 'atomic', () => `the server never stood at ${head}`)
    for (const key of new Set([
      ...touched,
      ...mirror.staged.keys(),
      ...(isReset ? [...mirror.records.keys(), ...journal.rows().keys()] : []),
      ...journal.changedBetween(headBefore, head),
    ])) {
      checkBase(mirror, journal, key)
    }
    // Another copy may have sent what waits here; and of what is sent again nobody knows yet what became of it.
    if (!isDoubtful && !histories.areLost()) checkReplayedOnce(mirror, journal, head)
  }
}

/** Guesses are made in pairs: what is shown adds up, too. */
const checkBank = (mirror: Mirror): void => {
  const keys = new Set([...mirror.records.keys(), ...mirror.staged.keys()])
  // Whoever opens an account that is there already shows a new one until the server says no; and of a guess about an
  // account that is gone only half is shown (docs/gaps.md), also once it was opened anew.
  const isHalf = ([key, overlay]: readonly [string, ReadonlyMap<number, LocalOperation>]): boolean => {
    const oldest = overlay.get(Math.min(...overlay.keys()))
    if (oldest === undefined) return false
    const base = baseIn(mirror, key)
    if (base === undefined) return oldest.type !== 'create'
    const opens = [...overlay.values()].some(({ type }) => type === 'create')
    return opens || shownIn(mirror, key) === undefined
  }
  const bank = [...mirror.overlays].filter(([key]) => touchesBank([key]))
  if (!bank.some(isHalf)) checkTotal(`shown of ${mirror.scope}`, keys, (key) => shownIn(mirror, key))
  checkTotal(`the base of ${mirror.scope}`, keys, (key) => {
    const base = baseIn(mirror, key)
    return base === undefined || base.deleted ? undefined : parseData(base.data)
  })
}

/** The counters of the log, against what is there. */
const checkCounts = (mirror: Mirror): void => {
  const { log, queue, held, blocked, conflicts, dead, ids, overlays, done, operations } = mirror
  const isSentOne = (localSeq: number): boolean => {
    const operation = operations.get(localSeq)
    return operation !== undefined && isSent(operation)
  }
  // Of those that are held, only those with a number.
  const heldSent = [...held.values()].filter(({ clientSeq }) => clientSeq !== undefined).length
  const sent = [...queue.keys(), ...held.keys()].filter(isSentOne).length
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
  let there = done.size
  for (const overlay of overlays.values()) there += overlay.size
  must(ids.size === there, 'conserved', () => `${ids.size} operations were made, ${there} are there`)
}

const isAsShown = (before: Data | undefined, now: Data | undefined): boolean =>
  isSame(withSaid(before, now), withSaid(now, before))

/** Where the model does not say what is shown, whatever is. */
const withSaid = (wanted: Data | undefined, shown: Data | undefined): Data | undefined => {
  if (wanted === undefined || shown === undefined) return wanted
  const fields = Object.keys(wanted).filter((field) => wanted[field] === unsaid)
  return withFieldsOf(wanted, shown, [...fields, ...fields.map((field) => `${field}$`)])
}

/** The record's own entry agrees with itself. Whether it counts is another matter. */
const checkShown = (mirror: Mirror, key: string): void => {
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

/** At a head, the base is the server's record at that head. */
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

/** A record is hidden no sooner than its lifetime is over. */
const checkHidden = (
  mirror: Mirror,
  journal: Journal,
  key: string,
  { now, onHidden }: Pick<CommitContext, 'now' | 'onHidden'>,
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

/** An applied operation is in the base or on it, never both. */
const checkReplayedOnce = ({ overlays }: Mirror, journal: Journal, head: number): void => {
  for (const overlay of overlays.values()) {
    for (const { id } of overlay.values()) {
      const seq = journal.decision(id)?.seq
      must(seq === undefined || seq > head, 'causal', () => `${id} is in the head ${head} and replayed on it`)
    }
  }
}
