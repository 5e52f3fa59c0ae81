import type { SeededRandom } from '@holdfast/core/testing'
import { markOf, type Step, type Write } from './writes.ts'

export interface PlannerOptions {
  readonly device: string
  readonly random: SeededRandom
  /** The number of its first write. */
  readonly first: number
  /** Its own records that are there, with the number of their marks. */
  readonly own: ReadonlyMap<string, number>
  /** Records that all devices write. */
  readonly shared: readonly string[]
}

const fewestRecords = 5
const mostRecords = 30
/** More would only make the records large. */
const mostMarks = 30

/** Thinks of one step after the other: creates, updates, named operations, deletions, alone, at once, or together. */
export const createPlanner = ({ device, random, first, own, shared }: PlannerOptions): (() => Step) => {
  const living = new Map(own)
  let number = first

  const write = (): Write => {
    const mark = markOf(device, number)
    const fresh = { mark, kind: 'create', collection: 'own', recordId: `${device}-${number}` } as const
    number += 1
    const kind = random.weighted({
      create: living.size < mostRecords ? 4 : 0,
      update: 3,
      mark: 4,
      delete: living.size > fewestRecords ? 2 : 0,
      shared: shared.length > 0 ? 3 : 0,
    })
    if (kind === 'shared') {
      const recordId = random.pick(shared)
      return { mark, kind: random.chance(0.7) ? 'mark' : 'update', collection: 'shared', recordId }
    }
    if (kind === 'create' || living.size === 0) {
      living.set(fresh.recordId, 0)
      return fresh
    }
    const recordId = random.pick([...living.keys()])
    const marks = living.get(recordId) ?? 0
    if (kind === 'delete') living.delete(recordId)
    if (kind !== 'mark' || marks >= mostMarks)
      return { mark, kind: kind === 'mark' ? 'update' : kind, collection: 'own', recordId }
    living.set(recordId, marks + 1)
    return { mark, kind, collection: 'own', recordId }
  }

  return () => {
    const shape = random.weighted({ alone: 5, apart: 3, together: 2 })
    const count = shape === 'alone' ? 1 : random.between(2, 5)
    const writes = Array.from({ length: count }, write)
    return { kind: shape === 'together' ? 'together' : 'apart', writes }
  }
}
