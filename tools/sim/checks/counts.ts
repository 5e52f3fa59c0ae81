import { canonical, isSame } from '../model/values.ts'
import { isSent } from './fates.ts'
import type { Mirror } from './mirror.ts'
import { must } from './violation.ts'

/** The counters of the log, against what is there. @throws Violation */
export const checkCounts = (mirror: Mirror): void => {
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
