import type { Data } from './values.ts'

/** The name that stands among fields for "is deleted". */
export const deletion = '$deleted'

/** The name that stands among fields for "went to another scope". */
export const movement = '$moved'

/** One applied operation of a record. */
export interface Step {
  readonly version: number
  readonly clientId: string
  readonly fields: readonly string[]
  /** Fields that were written with the value that they had. */
  readonly confirmed: readonly string[]
  readonly timestamp: number
  /** When fields were written that were written before. */
  readonly times?: Readonly<Record<string, number>> | undefined
  /** Its place in the feed, once it has one. */
  readonly seq?: number
}

/** A record with everything that ever happened to it. */
export interface History {
  readonly version: number
  readonly deleted: boolean
  /** It went to another scope: nothing but coming back makes a record of it again. */
  readonly moved?: true
  /** Of a deleted record: its last value. */
  readonly data: Data
  readonly steps: readonly Step[]
}

export interface Reader {
  readonly clientId: string
  readonly baseVersion: number
  /** Up to this place in the feed what it saw is the server's history; undefined: all of it is. */
  readonly history?: number | undefined
}

const isUnseen = (step: Step, { clientId, baseVersion }: Reader): boolean =>
  step.clientId !== clientId && step.version > baseVersion

/** Versions of a history that was lost say nothing; but the newest change came later than what was seen of this one. */
const isPastHistory = (step: Step | undefined, { clientId, history = Infinity }: Reader): boolean =>
  step !== undefined && step.clientId !== clientId && (step.seq ?? Infinity) > history

/** Its newest steps have come to this place in the feed. */
export const placed = (history: History, seq: number): History => ({
  ...history,
  steps: history.steps.map((step) => (step.seq === undefined ? { ...step, seq } : step)),
})

/** Whether somebody else changed the field after what the reader saw. */
export const isUnseenField = ({ steps }: Pick<History, 'steps'>, field: string, reader: Reader): boolean =>
  steps.some((step) => isUnseen(step, reader) && step.fields.includes(field)) ||
  isPastHistory(
    steps.findLast(({ fields }) => fields.includes(field)),
    reader,
  )

/** Whether somebody else changed anything at all, among the fields that count. */
export const hasUnseen = (
  { steps }: Pick<History, 'steps'>,
  reader: Reader,
  counts: (field: string) => boolean = () => true,
): boolean =>
  steps.some((step) => isUnseen(step, reader) && step.fields.some(counts)) ||
  (reader.history !== undefined &&
    [...new Set(steps.flatMap(({ fields }) => fields))].some(
      (field) => counts(field) && isUnseenField({ steps }, field, reader),
    ))

/** Who changed the field last, and the latest time at which anybody wrote it. */
export const lastChange = (
  { steps }: History,
  field: string,
): { readonly clientId: string; readonly timestamp: number } | undefined => {
  const changes = steps.filter(({ fields }) => fields.includes(field))
  const last = changes.at(-1)
  if (last === undefined) return undefined
  const writes = steps.filter((step) => step.fields.includes(field) || step.confirmed.includes(field))
  return {
    clientId: last.clientId,
    timestamp: Math.max(...writes.map(({ timestamp, times }) => times?.[field] ?? timestamp)),
  }
}
