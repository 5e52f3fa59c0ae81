import type { CommitBatch } from '@holdfast/core/storage'
import { canonical } from '../model/values.ts'
import type { Journal } from './journal.ts'
import { localSeqOf, type LocalOperation, type Mirror } from './mirror.ts'
import { broken, must } from './violation.ts'

/** Where a status may lead. */
const edges: Readonly<Record<string, readonly string[]>> = {
  // An edit that meets an open conflict joins it at once.
  none: ['PENDING', 'CONFLICT'],
  PENDING: ['PENDING', 'SENT'],
  SENT: ['SENT', 'COMPLETED', 'CONFLICT', 'REJECTED'],
  CONFLICT: ['CONFLICT', 'SUPERSEDED'],
  COMPLETED: ['COMPLETED'],
  REJECTED: ['REJECTED'],
  SUPERSEDED: ['SUPERSEDED'],
}

type Before = ReadonlyMap<number, LocalOperation | undefined>

/** The operations that a commit is going to touch, as they are before it, by localSeq. */
export const statusesBefore = ({ operations }: Mirror, { writes }: CommitBatch): Before => {
  const touched = new Map<number, LocalOperation | undefined>()
  for (const { key, value } of writes) {
    const localSeq = value === undefined ? undefined : localSeqOf(key)
    if (localSeq !== undefined) touched.set(localSeq, operations.get(localSeq))
  }
  return touched
}

/** @throws Violation where an operation took a way that is not allowed, or is in two places, or in none */
export const checkFates = (mirror: Mirror, journal: Journal, before: Before): void => {
  for (const [localSeq, old] of before) {
    const now = mirror.operations.get(localSeq)
    if (now === undefined) return broken('conserved', `the operation ${localSeq} is nowhere`)
    const { id } = now
    must(mirror.ids.get(id)?.localSeq === localSeq, 'conserved', () => `${id} can't be looked up`)
    const from = old?.status ?? 'none'
    must(
      edges[from]?.includes(now.status) === true,
      'conserved',
      () => `${id} went from ${from} to ${now.status}`,
    )
    must(old === undefined || isFrozen(old, now), 'conserved', () => `${id} changed after it was made`)
    if (old?.clientSeq !== undefined) {
      const same = old.clientSeq === now.clientSeq && old.timestamp === now.timestamp
      must(same, 'exactly once', () => `${id} changed after it was sent`)
    }
    checkPlace(mirror, now)
    checkVerdict(mirror, journal, now)
    if (old === undefined || old.clientSeq !== now.clientSeq) checkNumbers(mirror, now)
  }
}

const isFrozen = (old: LocalOperation, now: LocalOperation): boolean =>
  old.id === now.id &&
  old.collection === now.collection &&
  old.recordId === now.recordId &&
  old.type === now.type &&
  old.payload === now.payload &&
  old.baseVersion === now.baseVersion &&
  old.opVersion === now.opVersion

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
    allowed(status).includes(places.join()),
    'atomic',
    () => `${id} is ${status} and stands in ${places.join()}`,
  )
  const queued = mirror.queue.get(localSeq) ?? mirror.held.get(localSeq)
  const agrees =
    queued === undefined || (queued.operationId === id && queued.clientSeq === operation.clientSeq)
  must(agrees, 'atomic', () => `the queue has ${JSON.stringify(queued)} for ${id}`)
}

const allowed = (status: string): readonly string[] => {
  switch (status) {
    case 'PENDING':
    case 'SENT':
      return ['replay,queue', 'replay,held']
    case 'COMPLETED':
      return ['replay,waiting', 'done']
    case 'REJECTED':
      return ['replay,waiting', 'done,dead']
    case 'CONFLICT':
      return ['replay,conflict']
    default:
      return ['done']
  }
}

/** A fate that the server gives is the one that the server gave, and not told before its time. */
const checkVerdict = (mirror: Mirror, journal: Journal, operation: LocalOperation): void => {
  const { id, status, fate, localSeq } = operation
  const decision = journal.decision(id)
  if (status === 'PENDING') {
    must(decision === undefined, 'exactly once', () => `${id} is pending, and the server decided it`)
  }
  if (status === 'PENDING' || status === 'SENT') return
  if (operation.clientSeq === undefined) {
    const waits = status === 'CONFLICT' || status === 'SUPERSEDED'
    must(waits && decision === undefined, 'conserved', () => `${id} is ${status} and was never sent`)
    return
  }
  if (decision === undefined)
    return broken('conserved', `${id} is ${status}, and the server never decided it`)
  const { verdict, seq } = decision
  const wanted =
    verdict.kind === 'conflict'
      ? ['CONFLICT', 'SUPERSEDED'].includes(status)
      : verdict.kind === 'rejected'
        ? status === 'REJECTED' && fate.code === verdict.code
        : status === 'COMPLETED' &&
          (verdict.kind === 'applied' || verdict.kind === 'merged') &&
          fate.version === verdict.version &&
          canonical(fate.lost) === canonical(verdict.kind === 'merged' ? verdict.lost : [])
  must(
    wanted,
    'conserved',
    () => `${id} has the fate ${JSON.stringify(fate)}, the server gave ${JSON.stringify(verdict)}`,
  )
  if (!mirror.done.has(localSeq) || status === 'SUPERSEDED') return
  const head = mirror.cursor?.head ?? 0
  const shownAt = seq ?? decision.head
  must(shownAt <= head, 'causal', () => `${id} of head ${shownAt} left the replay at head ${head}`)
}

/** Numbers are given in the order made. */
const checkNumbers = (mirror: Mirror, { id, localSeq, clientSeq }: LocalOperation): void => {
  const { nextLocalSeq = 1, nextClientSeq = 1 } = mirror.log ?? {}
  must(localSeq < nextLocalSeq, 'ordered', () => `${id} has number ${localSeq}, the next is ${nextLocalSeq}`)
  if (clientSeq === undefined) return
  // What is held back is overtaken by strangers.
  if (mirror.held.has(localSeq)) return
  must(clientSeq < nextClientSeq, 'ordered', () => `${id} has clientSeq ${clientSeq} of ${nextClientSeq}`)
  for (const [otherSeq, other] of mirror.queue) {
    if (other.clientSeq === undefined || other.operationId === id) continue
    const inOrder = otherSeq < localSeq === other.clientSeq < clientSeq
    must(inOrder, 'ordered', () => `${id} (${localSeq}) was numbered out of order with ${other.operationId}`)
  }
}
