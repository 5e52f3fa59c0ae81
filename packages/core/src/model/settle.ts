import { decodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { assertPortable } from '../base/portable.ts'
import { changedFields } from './change.ts'
import type { Candidate, Decision, Place } from './decision.ts'
import { disputedFields } from './disputed.ts'
import { joinSettled, settledFields } from './dropped.ts'
import { writtenAt } from './decision.ts'
import { ask, rebaseOn, reject, write } from './outcomes.ts'
import { isOverlapped } from './overlap.ts'
import { putType } from './put.ts'
import type { Patch, RecordData, ServerRow } from './record.ts'
import type { AnyCollection } from './schema.ts'
import type { Resolution, Side, Stamp } from './strategy.ts'
import { typedLosses } from './typed-losses.ts'
import { namedOperation, validateChanged } from './validate.ts'

/** Both sides have a record: finds what is disputed and lets the strategy settle it. */
export const settle = (
  definition: AnyCollection,
  row: ServerRow,
  candidate: Candidate,
  place: Place,
  wanted: RecordData,
): Decision => {
  const changed = changedFields(row.data, wanted)
  const reads = namedOperation(definition, candidate.type)?.reads ?? []
  const fields = disputedFields(definition, row, candidate, { changed, reads })
  const confirmed = confirm(row, candidate, changed)
  const typed = typedLosses(definition, row, candidate, wanted)
  if (fields.length === 0)
    return { ...write(confirmed, wanted, candidate, place, typed.lost), settled: typed.settled }

  const resolution = definition.conflict.resolve({
    collection: candidate.collection,
    recordId: candidate.recordId,
    fields,
    local: localSide(wanted, fields, candidate),
    remote: remoteSide(row, fields),
    baseVersion: candidate.baseVersion,
    serverVersion: row.version,
  })
  switch (resolution.take) {
    case 'ask':
      return candidate.type === putType ? rebaseOn(row) : ask(row, candidate, resolution.fields)
    case 'reject':
      if (candidate.type === putType) return rebaseOn(row)
      return reject(resolution.code, 'The conflict strategy refused this operation.')
    case 'local':
    case 'remote':
    case 'merged': {
      const merged = overlay(wanted, row.data, fields, resolution)
      assertPortable(merged)
      const after = validateChanged(definition, row.data, merged)
      const lost = changed.filter(
        (field) => changedFields(only(wanted, field), only(after, field)).length > 0,
      )
      const written = write(confirmed, after, candidate, place, [...lost, ...typed.lost])
      if (isTriedAgain(definition, candidate, resolution)) return written
      const isUnseen = (field: string): boolean => isOverlapped(row, field, candidate)
      const sides = { wanted, server: row, after, isUnseen }
      const settled = settledFields(definition.conflict.name, fields, sides)
      return { ...written, settled: joinSettled(settled, typed.settled) }
    }
    default:
      throw new SyncError(
        'INVALID',
        `The conflict strategy "${definition.conflict.name}" gave no answer.`,
        {},
      )
  }
}

/** A strategy that judges whole records let a named operation run on the newest one: it was meant for whatever is there. */
const isTriedAgain = (definition: AnyCollection, { type }: Candidate, { take }: Resolution): boolean =>
  take === 'local' &&
  definition.conflict.detect === 'record' &&
  namedOperation(definition, type) !== undefined

/**
 * Writing the value that a field has already changes nothing but the time at which it was last written: else who
 * wins later would depend on the order of arrival.
 */
const confirm = (row: ServerRow, candidate: Candidate, changed: readonly string[]): ServerRow => {
  const { type, payload } = candidate
  if (type !== 'update' && type !== 'create' && type !== putType) return row
  const written = Object.keys(decodePortable(payload) as RecordData)
  const same = written.filter((field) => !changed.includes(field))
  const raised = same.flatMap((field) => {
    const known = row.fieldVersions[field]
    const timestamp = writtenAt(candidate, field)
    if (known === undefined || known.timestamp >= timestamp) return []
    return [[field, { ...known, timestamp }] as const]
  })
  return { ...row, fieldVersions: { ...row.fieldVersions, ...Object.fromEntries(raised) } }
}

const only = (data: RecordData, field: string): RecordData => {
  const value = data[field]
  return value === undefined ? {} : { [field]: value }
}

const overlay = (
  wanted: RecordData,
  server: RecordData,
  fields: readonly string[],
  resolution: Exclude<Resolution, { take: 'ask' | 'reject' }>,
): RecordData => {
  if (resolution.take === 'local') return wanted
  const after: Record<string, Patch[string]> = { ...wanted }
  for (const field of fields) {
    const settled = resolution.take === 'merged' && Object.hasOwn(resolution.patch, field)
    const value = settled ? resolution.patch[field] : server[field]
    if (value === undefined) delete after[field]
    else after[field] = value
  }
  return after
}

const localSide = (wanted: RecordData, fields: readonly string[], candidate: Candidate): Side => {
  const { clientId } = candidate
  const stampOf = (field: string): Stamp => ({ timestamp: writtenAt(candidate, field), clientId })
  return {
    values: pick(wanted, fields),
    stamps: Object.fromEntries(fields.map((field) => [field, stampOf(field)])),
  }
}

const remoteSide = (row: ServerRow, fields: readonly string[]): Side => ({
  values: pick(row.data, fields),
  stamps: Object.fromEntries(
    fields.flatMap((field): [string, Stamp][] => {
      const version = row.fieldVersions[field]
      return version === undefined
        ? []
        : [[field, { timestamp: version.timestamp, clientId: version.clientId }]]
    }),
  ),
})

const pick = (data: RecordData, fields: readonly string[]): Patch =>
  Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)))
