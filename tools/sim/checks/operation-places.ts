import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { must } from './violation.ts'

/** Each status has its one place. @throws Violation */
export const checkPlace = (mirror: Mirror, operation: LocalOperation): void => {
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

/** Numbers are given in the order made. @throws Violation */
export const checkNumbers = (
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
