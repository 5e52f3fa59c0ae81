import { conflictKey, recordAddressOf, type RecordAddress } from './keys.ts'
import type { Shown } from './server-side.ts'

export interface ShownConflict extends Shown {
  readonly address: RecordAddress
  /** What was disputed. */
  readonly fields: readonly string[]
}

/** Names an open conflict as it was shown: an answer must not count for what came later. */
export const toConflictId = ({ address, version, deleted, fields }: ShownConflict): string =>
  `${conflictKey(address)}@${version}${deleted ? '-' : ''}:${fields.join()}`

export const parseConflictId = (id: string): ShownConflict | undefined => {
  const at = id.lastIndexOf('@')
  const address = recordAddressOf(id.slice(0, at))
  const [, digits, gone, fields = ''] = /^(\d+)(-?):(.*)$/.exec(id.slice(at + 1)) ?? []
  const version = Number(digits)
  return at > 0 && address !== undefined && Number.isSafeInteger(version)
    ? { address, version, deleted: gone === '-', fields: fields.split(',') }
    : undefined
}
