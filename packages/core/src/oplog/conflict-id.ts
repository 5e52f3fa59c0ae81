import type { ConflictEntry } from './entries.ts'
import { conflictKey, recordAddressOf, type RecordAddress } from './keys.ts'
import type { Shown } from './server-side.ts'

export interface ShownConflict extends Shown {
  readonly address: RecordAddress
  /** As `toQuestion` says it. */
  readonly question: string
}

/** What is disputed; and after a reset another question, though versions may be the same. */
export const toQuestion = ({ fields, renewed = 0 }: ConflictEntry): string => `${renewed}:${fields.join()}`

/** Names an open conflict as it was shown: an answer must not count for what came later. */
export const toConflictId = ({ address, version, deleted, question }: ShownConflict): string =>
  `${conflictKey(address)}@${version}${deleted ? '-' : '+'}${question}`

export const parseConflictId = (id: string): ShownConflict | undefined => {
  const at = id.lastIndexOf('@')
  const address = recordAddressOf(id.slice(0, at))
  const [, digits, sign, question = ''] = /^(\d+)([-+]?)(.*)$/.exec(id.slice(at + 1)) ?? []
  const version = Number(digits)
  return at > 0 && address !== undefined && Number.isSafeInteger(version)
    ? { address, version, deleted: sign === '-', question }
    : undefined
}
