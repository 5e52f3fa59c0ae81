import type { CommitBatch } from '@holdfast/core/storage'
import type { StoredVerdict } from '@holdfast/core/protocol'
import { canonical, isSame, parseData } from '../model/values.ts'
import { checkAnswers } from './answers.ts'
import type { Decision } from './journal-state.ts'
import { checkFolds, foldsIn, isFoldedAway } from './folds.ts'
import { localSeqOf, type LocalOperation, type Mirror } from './mirror.ts'
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

export interface FatesContext {
  readonly mirror: Mirror
  /** What the server decided about an operation, in whichever history. */
  readonly decisionsOf: (operationId: string) => readonly Decision[]
  /** Another copy of the client may have sent what this one did not. */
  readonly isDoubtful: boolean
  /** Before the commit, the device had not found its way back to the server. */
  readonly isRecovering: boolean
  /** Somebody may have taken it back. */
  readonly mayCancel: (operation: LocalOperation) => boolean
  /** It comes from a backup, perhaps: other stores may have made it too. */
  readonly isRestored: (operation: LocalOperation) => boolean
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
    checkVerdict(context, now)
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

/** Each status has its one place. */
const checkPlace = (mirror: Mirror, operation: LocalOperation): void => {
  const { id, localSeq, status } = operation
  const key = `${operation.collection}/${operation.recordId}`
  const conflict = mirror.conflicts.get(key)
  const places = [
    mirror.overlays.get(key)?.has(localSeq) === true ? 'replay' : '',
    mirror.queue.has(localSeq) ? 'queue' : '',
    mirror.held.has(localSeq) ? 'held' : '',
    mirror.waiting.has(localSeq) ? 'waiting' : '',
    mirror.done.has(localSeq) ? 'done' : '',
    mirror.dead.has(localSeq) ? 'dead' : '',
    conflict?.operations.some((one) => one.id === id) === true ? 'conflict' : '',
  ].filter((place) => place !== '')
  must(
    allowed(operation).includes(places.join()),
    'atomic',
    () => `${id} is ${status} and stands in ${places.join()}`,
  )
  const queued = mirror.queue.get(localSeq) ?? mirror.held.get(localSeq)
  const agrees =
    queued === undefined || (queued.operationId === id && queued.clientSeq === operation.clientSeq)
  must(agrees, 'atomic', () => `the queue has ${JSON.stringify(queued)} for ${id}`)
}

const allowed = ({ status, fate }: LocalOperation): readonly string[] => {
  switch (status) {
    case 'PENDING':
    case 'SENT':
      return ['replay,queue', 'replay,held']
    case 'COMPLETED':
    case 'CANCELLED':
    case 'EXPIRED':
      return ['replay,waiting', 'done']
    case 'REJECTED':
      return fate.discarded === true ? ['done'] : ['replay,waiting', 'done,dead']
    case 'CONFLICT':
      return ['replay,conflict']
    default:
      return ['done']
  }
}

/** A fate that the server gives is the one that the server gave, and not told before its time. */
const checkVerdict = (
  { mirror, decisionsOf, isDoubtful: isCopy, isRestored }: FatesContext,
  operation: LocalOperation,
): void => {
  const isDoubtful = isCopy || isRestored(operation)
  const { id, status, fate, localSeq } = operation
  const decisions = decisionsOf(id)
  const [decision] = decisions
  if (status === 'PENDING') {
    const isUnsent = isDoubtful || decision === undefined
    must(isUnsent, 'exactly once', () => `${id} is pending, and the server decided it`)
  }
  if (status === 'PENDING' || status === 'SENT') return
  if (operation.clientSeq === undefined) {
    const waits =
      ['CONFLICT', 'SUPERSEDED', 'CANCELLED', 'EXPIRED'].includes(status) ||
      isBuiltOnNothing(mirror, operation) ||
      (fate.cause === undefined && isNowhere(status, fate)) ||
      fate.kind === 'aborted'
    must(
      isDoubtful || (waits && decision === undefined),
      'conserved',
      () => `${id} is ${status} and was never sent`,
    )
    return
  }
  // Of two copies the server may have decided something else under the number.
  const isUnknown = fate.code === 'OUTCOME_UNKNOWN' || status === 'SUPERSEDED'
  if (isDoubtful && decision === undefined && isUnknown) return
  // Nobody judges again what was decided, and nobody knows what it came to.
  const isUntold = status === 'SUPERSEDED' || (status === 'REJECTED' && fate.code === 'OUTCOME_UNKNOWN')
  if (decisions.some(({ isForgotten }) => isForgotten === true) && isUntold) return
  if (decision === undefined)
    return broken('conserved', `${id} is ${status}, and the server never decided it`)
  // Another copy left its scope, and spent its number.
  const isSpent = decision.verdict.kind === 'rejected' && decision.verdict.code === 'INVALID'
  if (isDoubtful && isSpent && fate.code === 'PAYLOAD_MISMATCH') return
  // Another store has made it on something else, or what belongs to it.
  if (isRestored(operation) && (fate.code === 'PAYLOAD_MISMATCH' || fate.kind === 'aborted')) return
  const fitting = decisions.filter(({ verdict }) => fits(operation, verdict))
  must(
    fitting.length > 0,
    'conserved',
    () => `${id} has the fate ${JSON.stringify(fate)}, the server gave ${JSON.stringify(decision.verdict)}`,
  )
  // One that is let go of had left before, perhaps at a head of a history that is lost by now.
  if (!mirror.done.has(localSeq) || status === 'SUPERSEDED' || fate.discarded === true) return
  // No head ends what waited in vain.
  const waited = fitting.every(({ verdict }) => verdict.kind === 'conflict' || verdict.kind === 'rebase')
  if (waited && isNowhere(status, fate)) return
  const head = mirror.cursor?.head ?? 0
  const shownAt = Math.min(...fitting.map(({ seq, head: decidedAt }) => seq ?? decidedAt))
  must(shownAt <= head, 'causal', () => `${id} of head ${shownAt} left the replay at head ${head}`)
}

/** Rejected here, because what it builds on was taken back, or with others of its transaction of which that is so. */
const isBuiltOnNothing = ({ operations }: Mirror, { status, fate }: LocalOperation): boolean => {
  // It may have left the archive since.
  const cause =
    fate.cause === undefined ? undefined : [...operations.values()].find(({ id }) => id === fate.cause)
  const isKnown = fate.kind === 'aborted' || fate.code === 'DEPENDENCY'
  return status === 'REJECTED' && isKnown && cause !== undefined && cause.clientSeq === undefined
}

/** It waited, and there is nothing left that it could change; or so it is with another one of its transaction. */
const isNowhere = (status: string, { code, kind }: LocalOperation['fate']): boolean =>
  status === 'REJECTED' && (code === 'MISSING_DEPENDENCY' || code === 'DEPENDENCY' || kind === 'aborted')

/** Whether a fate is what a verdict leads to, or what came of it since. */
const fits = ({ status, fate }: LocalOperation, verdict: StoredVerdict): boolean => {
  switch (verdict.kind) {
    case 'applied':
    case 'merged': {
      const lost = verdict.kind === 'merged' ? verdict.lost : []
      return (
        status === 'COMPLETED' && fate.version === verdict.version && canonical(fate.lost) === canonical(lost)
      )
    }
    case 'conflict':
    case 'rebase':
      return status === 'CONFLICT' || status === 'SUPERSEDED' || isNowhere(status, fate)
    case 'rejected':
      if (status === 'REJECTED') {
        const isAs =
          fate.code === verdict.code &&
          fate.cause === verdict.cause &&
          fate.reason === verdict.reason &&
          fate.holder === verdict.holder
        // It had joined what it builds on, and ended with that.
        return isAs || (verdict.code === 'DEPENDENCY' && isNowhere(status, fate))
      }
      // Made again; or it builds on what waits for a person.
      return status === 'SUPERSEDED' || (status === 'CONFLICT' && verdict.code === 'DEPENDENCY')
    case 'aborted': {
      const isAs = fate.cause === verdict.cause && fate.reason === verdict.reason
      if (status === 'REJECTED') return isAs ? verdict.reason === 'rejected' : isNowhere(status, fate)
      if (status === 'CONFLICT') return isAs || verdict.reason === 'rejected'
      return status === 'SUPERSEDED'
    }
    case 'cancelled':
      return status === 'CANCELLED'
    case 'expired':
      return status === 'EXPIRED'
  }
}

/** Numbers are given in the order made. */
const checkNumbers = (
  mirror: Mirror,
  { id, collection, recordId, localSeq, clientSeq }: LocalOperation,
): void => {
  const { nextLocalSeq = 1, nextClientSeq = 1 } = mirror.log ?? {}
  must(localSeq < nextLocalSeq, 'ordered', () => `${id} has number ${localSeq}, the next is ${nextLocalSeq}`)
  if (clientSeq === undefined) return
  for (const earlier of mirror.overlays.get(`${collection}/${recordId}`)?.values() ?? []) {
    const isOvertaken = earlier.localSeq < localSeq && earlier.status === 'PENDING'
    must(!isOvertaken, 'ordered', () => `${id} (${localSeq}) is sent before ${earlier.id} of its record`)
  }
  // What is held back is overtaken by strangers.
  if (mirror.held.has(localSeq)) return
  must(clientSeq < nextClientSeq, 'ordered', () => `${id} has clientSeq ${clientSeq} of ${nextClientSeq}`)
  for (const [otherSeq, other] of mirror.queue) {
    if (other.clientSeq === undefined || other.operationId === id) continue
    const inOrder = otherSeq < localSeq === other.clientSeq < clientSeq
    must(inOrder, 'ordered', () => `${id} (${localSeq}) was numbered out of order with ${other.operationId}`)
  }
}
