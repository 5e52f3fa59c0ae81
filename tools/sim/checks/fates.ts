import type { CommitBatch } from '@holdfast/core/storage'
import { canonical, isSame, parseData } from '../model/values.ts'
import { checkAnswers } from './answers.ts'
import { checkVerdict, type VerdictContext } from './fate-by-verdict.ts'
import { checkFolds, foldsIn, isFoldedAway } from './folds.ts'
import type { LocalOperation } from './local-entries.ts'
import { localSeqOf, type Mirror } from './mirror.ts'
import { checkNumbers, checkPlace } from './operation-places.ts'
import { checkTogether, type Before } from './together.ts'
import { broken, must } from './violation.ts'

/** Where a status may lead. */
const edges: Readonly<Record<string, readonly string[]>> = {
  // An edit that meets an open conflict joins it at once.
  // What is to be dropped ends where it is written.
  none: ['PENDING', 'CONFLICT', 'EXPIRED'],
  // Rejected without having been sent: what it builds on was taken back.
  // Superseded: it became part of a later one.
  PENDING: ['PENDING', 'SENT', 'CANCELLED', 'REJECTED', 'SUPERSEDED', 'EXPIRED'],
  SENT: ['SENT', 'COMPLETED', 'CONFLICT', 'REJECTED', 'CANCELLED', 'EXPIRED'],
  CONFLICT: ['CONFLICT', 'SUPERSEDED', 'REJECTED'],
  COMPLETED: ['COMPLETED'],
  // Made again.
  REJECTED: ['REJECTED', 'SUPERSEDED'],
  CANCELLED: ['CANCELLED'],
  SUPERSEDED: ['SUPERSEDED'],
  EXPIRED: ['EXPIRED'],
}

/** Where it may lead besides, while a device recovers: the server lost what it had decided, or told it to a copy. */
const edgesBack: Readonly<Record<string, readonly string[]>> = {
  COMPLETED: ['SENT'],
  REJECTED: ['SENT'],
  CANCELLED: ['SENT'],
}

/** The operations that a commit is going to touch, as they are before it, by localSeq. */
export const statusesBefore = ({ operations }: Mirror, { writes }: CommitBatch): Before => {
  const touched = new Map<number, LocalOperation | undefined>()
  for (const { key, value } of writes) {
    const localSeq = value === undefined ? undefined : localSeqOf(key)
    if (localSeq !== undefined) touched.set(localSeq, operations.get(localSeq))
  }
  return touched
}

export interface FatesContext extends VerdictContext {
  /** Before the commit, the device had not found its way back to the server. */
  readonly isRecovering: boolean
  /** Somebody may have taken it back. */
  readonly mayCancel: (operation: LocalOperation) => boolean
}

/** @throws Violation where an operation took a way that is not allowed, or is in two places, or in none */
export const checkFates = (context: FatesContext, before: Before): void => {
  const { mirror, isDoubtful, isRecovering, mayCancel, isRestored } = context
  const folds = foldsIn(mirror, before)
  checkFolds(mirror, folds)
  for (const [localSeq, old] of before) {
    const now = mirror.operations.get(localSeq)
    if (now === undefined) return broken('conserved', `the operation ${localSeq} is nowhere`)
    const { id } = now
    must(mirror.ids.get(id)?.localSeq === localSeq, 'conserved', () => `${id} can't be looked up`)
    const from = old?.status ?? 'none'
    must(
      edges[from]?.includes(now.status) === true ||
        (isRecovering && edgesBack[from]?.includes(now.status) === true) ||
        // What can't be made again is kept with the reason.
        (from === 'none' && now.status === 'REJECTED' && isRestored(now)),
      'conserved',
      () => `${id} went from ${from} to ${now.status}`,
    )
    if (old?.status === 'PENDING' && now.status === 'CANCELLED')
      must(
        mayCancel(now) || isFoldedAway(mirror, before, now),
        'conserved',
        () => `${id} was taken back, and nobody asked`,
      )
    must(
      old === undefined || isFrozen(old, now, folds.has(id)),
      'conserved',
      () => `${id} changed after it was made`,
    )
    if (old !== undefined && isSent(old)) {
      const isAsNumbered = old.clientSeq === now.clientSeq || old.clientSeq === undefined
      const isTakenBack = isRecovering && now.status === 'SENT' && now.clientSeq === undefined
      const same = (isAsNumbered || isTakenBack) && old.timestamp === now.timestamp
      must(same, 'exactly once', () => `${id} changed after it was sent`)
    }
    checkPlace(mirror, now)
    checkVerdict(context, now, old)
    if (old === undefined || old.clientSeq !== now.clientSeq) checkNumbers(mirror, now)
  }
  checkAnswers(mirror, before)
  // Of two copies one may hear of a part alone that the server does not know it.
  if (!isDoubtful) checkTogether(mirror, before)
}

/** Without a number it is sent again. */
export const isSent = ({ status, clientSeq }: LocalOperation): boolean =>
  clientSeq !== undefined || status === 'SENT'

const isFrozen = (old: LocalOperation, now: LocalOperation, isFolded: boolean): boolean =>
  old.id === now.id &&
  old.collection === now.collection &&
  old.recordId === now.recordId &&
  (isFolded || saysTheSame(old, now)) &&
  old.baseVersion === now.baseVersion &&
  isOfVersion(old, now) &&
  old.transaction?.id === now.transaction?.id &&
  old.transaction?.size === now.transaction?.size &&
  // Whoever asked to take it back can't unask it.
  (old.cancel === undefined || now.cancel === true)

/** Also where another version of the app says it in other words. */
const saysTheSame = (old: LocalOperation, now: LocalOperation): boolean =>
  old.type === now.type &&
  (old.payload === now.payload || canonical(parseData(old.payload)) === canonical(parseData(now.payload)))

/** What was sent stays what it was, beside what it is called today. */
const isOfVersion = (old: LocalOperation, now: LocalOperation): boolean => {
  if (old.opVersion === now.opVersion) return isSame(old.sentAs, now.sentAs)
  const { type, payload, opVersion } = old.sentAs ?? old
  return old.opVersion < now.opVersion && (!isSent(old) || isSame(now.sentAs, { type, payload, opVersion }))
}
