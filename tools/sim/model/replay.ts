import { applyTo, type ModelOperation } from './apply.ts'
import { deletion } from './history.ts'
import { rulesOf } from './rules.ts'
import { isRegister } from './typed.ts'
import { withFieldsOf, type Data } from './values.ts'

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
  for (const operation of operations) {
    if (operation.without.includes(deletion)) continue
    const before = shown ?? lastValue(base, operation)
    const applied = applyTo(before, operation)
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

/** An edit by somebody who had not seen the deletion shows on the record's last value. */
const lastValue = (base: Base | undefined, { collection, type, baseVersion }: Replayed): Data | undefined => {
  if (base === undefined || !base.deleted || base.moved === true || baseVersion >= base.version)
    return undefined
  if (
    type === 'create' ||
    type === 'delete' ||
    type === 'move' ||
    rulesOf(collection).deletes === 'deleteWins'
  )
    return undefined
  return base.data
}
