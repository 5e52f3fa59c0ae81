import type { Operation } from '../../model/operation.ts'
import { toUnits, type Unit } from '../batch/units.ts'

/** What the archive of a scope may keep. */
export interface Keeping {
  /** So many have to go, the oldest made first. */
  readonly excess: number
  /** What was stored by this revision is too old. */
  readonly aged: number
  /** What was stored by this revision is not needed for sending it again. */
  readonly spared: number
}

/** A decided operation as it was found. */
export interface Archived {
  readonly operation: Operation
  readonly revision: number
  /** It is among the dead letters, or of a collection that is left alone. */
  readonly stays: boolean
}

export interface Choice {
  readonly chosen: readonly Archived[]
  /** The first so many of those found need not be looked at again. */
  readonly passed: number
}

/**
 * Which operations of a portion of the archive go. Those of a transaction go together, or stay: half of one could not be sent
 * again.
 */
export const choose = (found: readonly Archived[], keeping: Keeping, isLast: boolean): Choice => {
  const byId = new Map(found.map((one) => [one.operation.id, one]))
  const units = toUnits(found.map(({ operation }) => operation))
  const last = units.at(-1)
  // The rest of a transaction may be in the next portion.
  const isCut = !isLast && units.length > 1 && last !== undefined && !isWhole(last)
  const chosen: Archived[] = []
  for (const unit of isCut ? units.slice(0, -1) : units) {
    const members = unit.flatMap(({ id }) => byId.get(id) ?? [])
    if (!isWhole(unit) || members.some(({ stays }) => stays)) continue
    const isOld = members.every(({ revision }) => revision <= keeping.aged)
    const isOver = chosen.length < keeping.excess && members.every((one) => isSpared(one, keeping))
    if (isOld || isOver) chosen.push(...members)
  }
  return { chosen, passed: found.length - (isCut ? last.length : 0) }
}

const isWhole = (unit: Unit): boolean => unit.length >= (unit[0]?.transaction?.size ?? 1)

/** Only what was applied can be sent again. */
const isSpared = ({ operation, revision }: Archived, { spared }: Keeping): boolean =>
  operation.status !== 'COMPLETED' || revision <= spared
