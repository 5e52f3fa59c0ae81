import type { CommitBatch } from '@holdfast/core/storage'
import type { Data } from '../model/values.ts'
import { applyCommit, scopesIn } from './apply-commit.ts'
import { checkBackedUp, checkCopiesKept } from './backups.ts'
import { checkShownBank, touchesBank } from './bank.ts'
import { checkConsent } from './consent.ts'
import { checkCounts } from './counts.ts'
import { checkFates, statusesBefore } from './fates.ts'
import type { Histories } from '../world/histories.ts'
import type { Journal } from './journal-world.ts'
import { checkLeaving } from './leaving.ts'
import { checkExpiring, type AgeOf } from './lifetimes.ts'
import { checkMadeAgain, movedBy } from './made-again.ts'
import type { LocalOperation } from './local-entries.ts'
import { isRecovering, mirrorOf, recordOf, scopeOf, type DeviceMirror, type Mirror } from './mirror.ts'
import { checkBase, checkHidden, checkShown, isAsShown, type Hiding } from './record-rules.ts'
import { baseIn, shownIn } from './shown.ts'
import { checkStaging } from './staging.ts'
import { must } from './violation.ts'

export interface CommitContext extends Hiding {
  readonly device: DeviceMirror
  readonly histories: Pick<Histories, 'journalAt' | 'decisionsOf' | 'areLost'>
  /** Whether the app allowed to drop what is unfinished in a scope. */
  readonly mayDiscard: (scope: string) => boolean
  readonly mayCancel: (operation: LocalOperation) => boolean
  readonly isRestored: (operation: LocalOperation) => boolean
  readonly ageOf: AgeOf
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
  const before = { log: mirror.log, staging: mirror.staging }
  const moved = movedBy(mirror, batch)
  const touched = new Set(batch.writes.flatMap(({ key }) => recordOf(key) ?? []))
  const movesLog = batch.writes.some(({ key }) => key.startsWith('log/'))
  const seen: SeenBefore = {
    wasRecovering: isRecovering(device, mirror),
    headBefore: mirror.cursor?.head ?? 0,
    statuses: statusesBefore(mirror, batch),
    waited: new Map([...mirror.risks].map(([key, upTo]) => [key, mirror.blocked.has(key) ? Infinity : upTo])),
    touched,
    basesBefore: new Map([...touched].map((key) => [key, baseIn(mirror, key)?.version])),
    shownBefore: movesLog ? undefined : new Map([...touched].map((key) => [key, shownIn(mirror, key)])),
  }
  const leaving = checkLeaving({ device, mirror, batch, mayDiscard })

  return () => {
    if (mirror.log?.left === true) return leaving()
    checkStaging(mirror, batch, before)
    checkMadeAgain(moved, isRestored)
    checkBackedUp(device, mirror, { log: before.log, statuses: seen.statuses })
    const journal = histories.journalAt(mirror.scope, mirror.cursor?.cursor)
    const isReset = before.log?.resetting !== undefined && mirror.log?.resetting === undefined
    checkScope(
      { mirror, journal, histories, mayCancel, isRestored, ageOf, now, onHidden },
      { ...seen, isDoubtful: device.isDoubtful, isReset },
    )
  }
}

/** How a scope is before a commit. */
interface SeenBefore {
  readonly wasRecovering: boolean
  readonly headBefore: number
  readonly statuses: ReturnType<typeof statusesBefore>
  /** Records of which something waited for the user's word, up to which localSeq it was; of what ended meanwhile nothing waits. */
  readonly waited: ReadonlyMap<string, number>
  readonly touched: ReadonlySet<string>
  readonly basesBefore: ReadonlyMap<string, number | undefined>
  /** Undefined where the commit moves the log: then something else may be shown. */
  readonly shownBefore: ReadonlyMap<string, Data | undefined> | undefined
}

interface ScopeBefore extends SeenBefore {
  readonly isDoubtful: boolean
  /** What was fetched anew is shown from here on. */
  readonly isReset: boolean
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
  const { wasReworded } = journal
  checkFates(
    { mirror, decisionsOf, isDoubtful, isRecovering: wasRecovering, mayCancel, isRestored, wasReworded },
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
  if (touchesBank(touched) || head !== headBefore || isReset) checkShownBank(mirror)
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
    if (!isDoubtful && !histories.areLost()) checkReplayedOnce(mirror, journal, head, isRestored)
  }
}

/** An applied operation is in the base or on it, never both. */
const checkReplayedOnce = (
  { overlays }: Mirror,
  journal: Journal,
  head: number,
  isRestored: (operation: LocalOperation) => boolean,
): void => {
  for (const overlay of overlays.values()) {
    for (const operation of overlay.values()) {
      const { id } = operation
      // Only the server's answer tells of what a backup brought back that it was applied before.
      if (isRestored(operation)) continue
      const seq = journal.decision(id)?.seq
      must(seq === undefined || seq > head, 'causal', () => `${id} is in the head ${head} and replayed on it`)
    }
  }
}
