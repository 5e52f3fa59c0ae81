import { isCreation } from './ages.ts'
import { applyTo, type ModelOperation } from './apply.ts'
import { deletion } from './history.ts'
import { rulesOf } from './rules.ts'
import { unsaid } from './text-kind.ts'
import { isRegister, partsOf, typedAfter } from './typed.ts'
import { withFieldsOf, type Data, type Value } from './values.ts'

/** The server's record as a device keeps it. */
export interface Base {
  readonly version: number
  readonly deleted: boolean
  readonly moved?: true
  readonly data: Data
}

type Replayed = Pick<
  ModelOperation,
  'id' | 'collection' | 'type' | 'payload' | 'baseVersion' | 'timestamp'
> & {
  /** Fields that it leaves alone, because its author has overwritten them since. */
  readonly without: readonly string[]
}

/** What an app must show: the base, and on it all own operations that are not decided at its head. */
export const replayed = (base: Base | undefined, operations: readonly Replayed[]): Data | undefined => {
  let shown = base === undefined || base.deleted ? undefined : base.data
  let version = base?.version ?? 0
  for (const operation of operations) {
    version += 1
    if (operation.without.includes(deletion)) continue
    const before = shown ?? lastValue(base, operation)
    const applied = shownOf(before, operation, version)
    // Where there is no record there is nothing to leave alone; and what merges is never overwritten.
    if (applied.kind === 'record') {
      const { kinds = {} } = rulesOf(operation.collection)
      const without = operation.without.filter((field) => isRegister(kinds, field))
      shown = before === undefined ? applied.data : withFieldsOf(applied.data, before, without)
    }
    if (applied.kind === 'none') shown = undefined
  }
  return shown
}

/** Where an edit finds no place, something of it is shown all the same. */
const shownOf = (
  before: Data | undefined,
  operation: Replayed,
  version: number,
): ReturnType<typeof applyTo> => {
  const applied = applyTo(before, operation, version)
  if (applied.kind !== 'unplaced' && applied.kind !== 'misfit') return applied
  if (!['create', 'update', 'put'].includes(operation.type)) return applied
  const { deltas, registers } = partsOf(operation.payload)
  const { kinds = {} } = rulesOf(operation.collection)
  const misplacedIn = ([field, delta]: readonly [string, Value]): string | undefined => {
    const typed = typedAfter(kinds, before, { [field]: delta }, { ...operation, version })
    return typeof typed === 'string' ? typed : undefined
  }
  const misplaced = Object.entries(deltas).filter((entry) => misplacedIn(entry) !== undefined)
  if (misplaced.length === 0) return applied
  // Of an edit of which a part can't be shown nothing is.
  const isShown = (entry: readonly [string, Value]): boolean =>
    misplacedIn(entry) !== 'beyond' && kinds[entry[0]]?.isShown?.(entry[1]) !== false
  if (!misplaced.every(isShown)) return applied
  const unplaced = misplaced.map(([field]) => field)
  const said = Object.fromEntries(Object.entries(deltas).filter(([field]) => !unplaced.includes(field)))
  const payload = JSON.stringify({ ...registers, $deltas: said })
  const others = applyTo(before, { ...operation, payload }, version)
  if (others.kind !== 'record') return others
  const unsaidFields = Object.fromEntries(unplaced.map((field) => [field, unsaid]))
  return { kind: 'record', data: { ...others.data, ...unsaidFields } }
}

/** An edit by somebody who had not seen the deletion shows on the record's last value. */
const lastValue = (base: Base | undefined, operation: Replayed): Data | undefined => {
  const { collection, type, baseVersion } = operation
  if (base === undefined || !base.deleted || base.moved === true || baseVersion >= base.version)
    return undefined
  if (
    isCreation(operation) ||
    type === 'delete' ||
    type === 'move' ||
    rulesOf(collection).deletes === 'deleteWins'
  )
    return undefined
  return base.data
}
