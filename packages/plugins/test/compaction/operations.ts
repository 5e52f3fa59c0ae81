import type { CompactableRecord, Fold, Operation, Portable } from '@holdfast/core'
import { encodePortable, joinPayload } from '@holdfast/core/protocol'
import { foldRecord } from '../../src/compaction/fold-record.ts'
import { schema, type Subject } from './world.ts'

type Made = Partial<Operation> & { readonly writes?: Readonly<Record<string, unknown>> }

/** One record's operations, ten milliseconds apart, called `o1`, `o2` and so on. */
export const made = (...all: readonly Made[]): readonly Operation[] =>
  all.map(({ writes = {}, ...changes }, index) => ({
    id: `o${index + 1}`,
    scope: 'team-1',
    collection: 'any',
    recordId: 'r',
    type: 'update',
    payload: encodePortable(writes as never),
    fields: Object.keys(writes).toSorted(),
    baseVersion: 1,
    timestamp: 1_000 + 10 * index,
    uncorrected: false,
    opVersion: '1.0.0',
    localSeq: index + 1,
    clientSeq: undefined,
    status: 'PENDING',
    fate: { kind: 'pending' },
    ...changes,
  }))

export const update = (
  writes: Readonly<Record<string, unknown>>,
  changes: Partial<Operation> = {},
): Made => ({
  writes,
  ...changes,
})

export const changes = (deltas: Readonly<Record<string, Portable>>): Made => ({
  payload: encodePortable(joinPayload({}, deltas)),
  fields: Object.keys(deltas).toSorted(),
})

export const named = (type: string, input: unknown, fields: readonly string[] = ['text']): Made => ({
  type,
  payload: encodePortable(input),
  fields,
})

export const created = (writes: Readonly<Record<string, unknown>>): Made => ({ type: 'create', writes })
export const deleted: Made = { type: 'delete', payload: 'null', fields: ['$deleted'] }

interface Asked extends Partial<Pick<CompactableRecord, 'isPrivate' | 'folds' | 'definition'>> {
  readonly putAfter?: number
}

export const foldsOf = (
  subject: Subject,
  operations: readonly Operation[],
  { putAfter = 2, ...asked }: Asked = {},
): readonly Fold[] =>
  foldRecord(
    {
      trigger: 'threshold',
      scope: 'team-1',
      collection: subject,
      recordId: 'r',
      definition: schema.collections[subject],
      isPrivate: false,
      folds: [],
      operations,
      ...asked,
    },
    { putAfter },
  )

/** `o1+o2>o3 update`: what became of what, for comparing. */
export const short = (folds: readonly Fold[]): readonly string[] =>
  folds.map((fold) =>
    fold.kind === 'into'
      ? `${fold.merged.join('+')}>${fold.survivor} ${fold.type}`
      : `${fold.operations.join('+')}>nothing`,
  )

export const payloadOf = (fold: Fold | undefined): unknown =>
  fold?.kind === 'into' ? JSON.parse(fold.payload) : undefined
