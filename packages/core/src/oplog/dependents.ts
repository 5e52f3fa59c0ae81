import type { Fate, Operation } from '../model/operation.ts'
import type { Schema } from '../model/schema.ts'
import type { Workspace } from '../storage/workspace.ts'
import { readOperations, toUnits, type Unit } from './batch/units.ts'
import { heldPrefix, queuePrefix, recordKey } from './keys.ts'
import { referredRecords, unmadeReferences } from './references.ts'
import { baseIn, baseReads } from './staging/base-in.ts'
import { byAge } from './stored.ts'

/**
 * What was never sent and builds on creations that are taken back: it would point nowhere. Each with its new fate, in
 * the order made; of a transaction all of it. Reads the queue, where a creation is taken back at all.
 */
export const readDependents = async (
  workspace: Workspace,
  schema: Schema,
  takenBack: readonly Operation[],
): Promise<readonly Operation[]> => {
  const scope = takenBack[0]?.scope ?? ''
  await workspace.read(takenBack.flatMap(baseReads))
  /** Records that are not made after all, with the operation that was to make them. */
  const failed = new Map<string, string>()
  const fail = (operation: Operation): void => {
    if (operation.type === 'create' && baseIn(workspace, operation) === undefined)
      failed.set(recordKey(operation), operation.id)
  }
  takenBack.forEach(fail)
  if (failed.size === 0) return []

  const gone = new Set(takenBack.map(({ id }) => id))
  const first = Math.min(...takenBack.map(({ localSeq }) => localSeq))
  const unsent = await readUnsent(workspace, scope)
  const later = unsent.filter(({ id, localSeq }) => localSeq > first && !gone.has(id))
  await workspace.read(
    later.flatMap((operation) => [
      ...baseReads(operation),
      ...referredRecords(schema, operation).flatMap(baseReads),
    ]),
  )
  const causeOf = (operation: Operation): string | undefined => {
    const own = operation.type === 'create' ? undefined : failed.get(recordKey(operation))
    if (own !== undefined) return own
    const records = unmadeReferences(workspace, schema, operation)
    return records.map((record) => failed.get(recordKey(record))).find((cause) => cause !== undefined)
  }
  return toUnits(later).flatMap((unit) => {
    const ended = endUnit(unit, causeOf)
    ended.forEach(fail)
    // A record that is made anew is there for what comes later.
    if (ended.length === 0)
      for (const { type, ...record } of unit) if (type === 'create') failed.delete(recordKey(record))
    return ended
  })
}

const endUnit = (unit: Unit, causeOf: (operation: Operation) => string | undefined): readonly Operation[] => {
  const first = unit.find((operation) => causeOf(operation) !== undefined)
  if (first === undefined) return []
  return unit.map((operation) => {
    const cause = causeOf(operation)
    const fate: Fate =
      cause === undefined
        ? { kind: 'aborted', cause: first.id, reason: 'rejected' }
        : { kind: 'rejected', code: 'DEPENDENCY', message: 'It builds on a record that was not made.', cause }
    return { ...operation, status: 'REJECTED', fate }
  })
}

const readUnsent = async (workspace: Workspace, scope: string): Promise<readonly Operation[]> => {
  const places = [queuePrefix(scope), heldPrefix(scope)]
  const lists = await workspace.read(places.map((prefix) => ({ scan: prefix })))
  const all: Operation[] = []
  for (const [index, prefix] of places.entries())
    all.push(...(await readOperations(workspace, scope, { prefix, entries: lists[index] ?? [] })))
  return all.filter(({ status }) => status === 'PENDING').sort(byAge)
}
