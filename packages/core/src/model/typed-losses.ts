import { decodePortable } from '../base/codec.ts'
import { portableEquals } from '../base/portable.ts'
import type { Candidate, Dropped, Settled } from './decision.ts'
import { decodePut, putType } from './put.ts'
import type { Patch, RecordData, ServerRow } from './record.ts'
import type { AnyCollection } from './schema.ts'
import { splitPayload, stateOf } from './typed-fields.ts'

export interface TypedLosses {
  /** Fields of which a part of what the operation wanted does not stand. */
  readonly lost: readonly string[]
  readonly settled: Settled | undefined
}

const none: TypedLosses = { lost: [], settled: undefined }

/** What fields with a type of their own dropped of an operation's deltas, where their type ever drops anything. */
export const typedLosses = (
  { fieldTypes }: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  after: RecordData,
): TypedLosses => {
  const dropping = Object.entries(fieldTypes).filter(([, type]) => type.dropped !== undefined)
  if (dropping.length === 0) return none
  const deltas = deltasOf(fieldTypes, candidate)
  const { id: operationId, timestamp } = candidate
  const applying = { operationId, timestamp, version: row.version + 1, replaying: false }
  const dropped = dropping.flatMap(([field, type]): readonly Dropped[] => {
    const delta = deltas[field]
    const state = stateOf(type, row.data, field)
    const local = delta === undefined ? undefined : type.dropped?.(state, delta, applying)
    if (local === undefined || portableEquals(local, after[field])) return []
    const remoteBy = row.fieldVersions[field]?.userId
    const kept = portableEquals(after[field], state.value) ? 'remote' : 'merged'
    return [{ field, local, remote: state.value, remoteBy, kept }]
  })
  if (dropped.length === 0) return none
  const lost = dropped.map(({ field }) => field)
  const names = new Set(lost.flatMap((field) => fieldTypes[field]?.name ?? []))
  return { lost, settled: { strategy: [...names].join(', '), dropped } }
}

const deltasOf = (types: AnyCollection['fieldTypes'], { type, payload }: Candidate): Patch => {
  switch (type) {
    case 'create':
    case putType:
      return splitPayload(types, decodePut(payload).update).deltas
    case 'update':
      return splitPayload(types, decodePortable(payload)).deltas
    default:
      // What a named operation does to a field is made on the newest state.
      return {}
  }
}
