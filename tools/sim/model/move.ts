import { deletion, isUnseenField, movement, type History } from './history.ts'
import { versionAfter, type Judged, type Ruling } from './judge.ts'
import { isPoisoned } from './rules.ts'
import { differences, parseData, type Data } from './values.ts'

/** Where a move goes, and what changes on the way. */
export interface Journey {
  readonly to: string
  readonly patch: Data
}

export const journeyOf = ({ payload }: Pick<Judged, 'payload'>): Journey =>
  parseData(payload) as unknown as Journey

export interface Destination {
  readonly history: History | undefined
  readonly firstVersion: number
  /** The mover may not read the scope. */
  readonly isDenied: boolean
  /** Any record of the scope. */
  readonly historyOf: (record: string) => History | undefined
}

/** Who may not read the scope learns nothing of what is there, nor of who may write it. */
export const forbidden: Ruling = { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' }

/** What must become of a move: the record is deleted where it was, and goes on with its history where it arrives. */
export const judgeMove = (
  history: History | undefined,
  operation: Judged,
  { history: target, firstVersion }: Destination,
): Ruling => {
  if (history === undefined || history.deleted) return { kind: 'rejected', code: 'DEPENDENCY' }
  if (target !== undefined && !target.deleted) return { kind: 'rejected', code: 'INVALID' }
  const { patch } = journeyOf(operation)
  const isUnseen = Object.keys(patch).some((field) => isUnseenField(history, field, operation))
  if (isUnseen) return { kind: 'rejected', code: 'INVALID' }
  const data = { ...history.data, ...patch }
  if (isPoisoned(data)) return forbidden

  const { clientId, timestamp } = operation
  const version = Math.max(history.version + 1, versionAfter(target, { firstVersion }))
  const step = { version, clientId, confirmed: [], timestamp }
  return {
    kind: 'applied',
    version,
    lost: [],
    history: {
      ...history,
      version,
      deleted: true,
      moved: true,
      steps: [...history.steps, { ...step, fields: [deletion, movement] }],
    },
    arrived: {
      version,
      deleted: false,
      data,
      steps: [...history.steps, { ...step, fields: differences(history.data, data) }],
    },
  }
}
