import { z } from 'zod'
import { encodePortable } from '../../src/base/codec.ts'
import type { Portable } from '../../src/base/portable.ts'
import { decide } from '../../src/model/decide.ts'
import type { Candidate, Decision, Place } from '../../src/model/decision.ts'
import type { RecordData, ServerRow } from '../../src/model/record.ts'
import { collection, type AnyCollection, type DeletePolicy } from '../../src/model/schema.ts'
import type { ConflictStrategy } from '../../src/model/strategy.ts'

const fields = z.object({
  id: z.string(),
  title: z.string(),
  note: z.string().nullable().optional(),
  done: z.boolean().default(false),
  votes: z.int().max(100).default(0),
})

const without = (data: object, field: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(data).filter(([name]) => name !== field))

export const todos = (conflict?: ConflictStrategy, deletes?: DeletePolicy): AnyCollection =>
  collection({
    fields,
    ...(conflict === undefined ? {} : { conflict }),
    ...(deletes === undefined ? {} : { deletes }),
    operations: {
      rename: { input: z.object({ title: z.string() }), apply: (todo, { title }) => ({ ...todo, title }) },
      clearNote: { input: z.null(), apply: (todo) => without(todo, 'note') },
      finish: { input: z.null(), apply: (todo) => ({ ...todo, done: true }), reads: ['votes'] },
      steal: { input: z.null(), apply: (todo) => ({ ...todo, id: 'other' }) },
      explode: {
        input: z.null(),
        apply: () => {
          throw new Error('boom')
        },
      },
    },
  })

export interface Step {
  readonly by: string
  readonly type: string
  readonly payload: Portable
  readonly base: number
  readonly at?: number
  readonly opVersion?: string
}

export const candidate = (step: Step): Candidate => ({
  id: 'o1',
  collection: 'todos',
  recordId: 'r1',
  type: step.type,
  payload: encodePortable(step.payload),
  clientId: step.by,
  userId: `user of ${step.by}`,
  baseVersion: step.base,
  timestamp: step.at ?? 0,
  opVersion: step.opVersion ?? '1.0.0',
})

export const place = (seq: number): Place => ({ seq, now: 1000 + seq, schemaVersion: '1.0.0' })

export const create = (by: string, data: RecordData, base = 0): Step => ({
  by,
  type: 'create',
  payload: { id: 'r1', ...data },
  base,
})
export const update = (by: string, base: number, payload: RecordData, at = 0): Step => ({
  by,
  type: 'update',
  payload,
  base,
  at,
})
export const remove = (by: string, base: number): Step => ({ by, type: 'delete', payload: null, base })
export const run = (by: string, base: number, type: string, payload: Portable = null): Step => ({
  by,
  type,
  payload,
  base,
})

export interface Judged {
  readonly row: ServerRow | undefined
  readonly decisions: readonly Decision[]
}

/** Judges the steps one after the other, as a server would: the n-th step has the feed position n. */
export const judge = (definition: AnyCollection, steps: readonly Step[], start?: ServerRow): Judged => {
  let row = start
  const decisions = steps.map((step, index) => {
    const decision = decide(definition, row, candidate(step), place((start?.seq ?? 0) + index + 1))
    if (decision.kind === 'write') row = decision.row
    return decision
  })
  return { row, decisions }
}

/** The verdict of the last step, or why it waits. */
export const lastOf = ({ decisions }: Judged): unknown => {
  const last = decisions.at(-1)
  return last?.kind === 'wait' ? { kind: 'wait', code: last.code } : last?.verdict
}

export const visible = (row: ServerRow | undefined): RecordData | undefined =>
  row === undefined || row.deleted ? undefined : row.data

export const deepFreeze = <TValue>(value: TValue): TValue => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
