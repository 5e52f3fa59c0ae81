import type { ConflictEntry } from './entries.ts'
import { conflictKey, recordAddressOf, type RecordAddress } from './keys.ts'
import type { Shown } from './server-side.ts'
import { meet } from './touched.ts'

/** What was asked, beside the server's side. */
interface Question {
  /** What is disputed; and after a reset another question, though versions may be the same. */
  readonly about: string
  /** The newest operation of this device that changed something of it, by its `localSeq`. */
  readonly newest: number
}

export interface ShownConflict extends Shown, Question {
  readonly address: RecordAddress
}

export const toQuestion = ({ fields, operations, renewed = 0 }: ConflictEntry): Question => {
  const disputed = operations.filter((one) => meet(one.fields, fields))
  return {
    about: `${renewed}:${fields.join()}`,
    newest: Math.max(0, ...disputed.map(({ localSeq }) => localSeq)),
  }
}

/** Names an open conflict as it was shown: an answer must not count for what came later. */
export const toConflictId = ({ address, version, deleted, newest, about }: ShownConflict): string =>
  `${conflictKey(address)}@${version}${deleted ? '-' : '+'}${newest}.${about}`

export const parseConflictId = (id: string): ShownConflict | undefined => {
  const at = id.lastIndexOf('@')
  const address = recordAddressOf(id.slice(0, at))
  const [, digits, sign, newest, about = ''] = /^(\d+)([-+]?)(\d*)\.?(.*)$/.exec(id.slice(at + 1)) ?? []
  const version = Number(digits)
  return at > 0 && address !== undefined && Number.isSafeInteger(version)
    ? { address, version, deleted: sign === '-', newest: Number(newest), about }
    : undefined
}
