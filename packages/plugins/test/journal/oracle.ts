import type { RecordData } from '@holdfast/core'
import { portableEquals } from '@holdfast/core/protocol'
import type { Application, ServerPlugin } from '@holdfast/server'

interface Written {
  readonly version: number
  readonly user: string
}

interface Known {
  version: number
  readonly fields: Map<string, Written>
  /** Also of a deleted record: one that is created again with the same values has not changed them [MD8]. */
  last: RecordData
}

const gone = '$deleted'

/** What an operation overwrote that somebody else had written and its author had not seen. */
const overwrittenBy = (known: Known, { operation, userId, before, after }: Application<unknown>) => {
  const isUnseen = (field: string): boolean => {
    const last = known.fields.get(field)
    return last !== undefined && last.user !== userId && last.version > operation.baseVersion
  }
  const unseen = [...known.fields.keys()].filter((field) => field !== gone && isUnseen(field))
  if (operation.type === 'delete') return before !== undefined && unseen.length > 0 ? [gone] : []
  if (before === undefined) return operation.type !== 'create' && isUnseen(gone) ? [gone] : []
  return unseen.filter((field) => !portableEquals(before[field], after?.[field]))
}

const note = (known: Known, { userId, before, after }: Application<unknown>): void => {
  known.version += 1
  const touch = (field: string): unknown => known.fields.set(field, { version: known.version, user: userId })
  if ((before === undefined) !== (after === undefined)) touch(gone)
  if (after === undefined) return
  for (const field of new Set([...Object.keys(known.last), ...Object.keys(after)]))
    if (!portableEquals(known.last[field], after[field])) touch(field)
  known.last = after
}

export interface Oracle extends ServerPlugin<undefined> {
  /** Ids of entries that there have to be. */
  readonly expected: ReadonlySet<string>
}

/** Finds, by itself and by nothing but records before and after, what was overwritten. Each user has one device. */
export const createOracle = (): Oracle => {
  const records = new Map<string, Known>()
  const waiting = new Map<string, Application<unknown>>()
  const expected = new Set<string>()

  const take = (application: Application<unknown>): void => {
    const { collection, recordId, id } = application.operation
    const key = `${collection}/${recordId}`
    const known = records.get(key) ?? { version: 0, fields: new Map<string, Written>(), last: {} }
    records.set(key, known)
    for (const field of overwrittenBy(known, application)) expected.add(`${id}.${field}`)
    note(known, application)
  }

  return {
    name: 'oracle',
    expected,
    server: {
      beforeApply(application) {
        if (application.operation.collection !== 'journal')
          waiting.set(application.operation.id, { ...application })
      },
      afterCommit({ results }) {
        for (const { id, kind } of results) {
          const application = waiting.get(id)
          if (application !== undefined && (kind === 'applied' || kind === 'merged')) take(application)
        }
        waiting.clear()
      },
    },
  }
}
