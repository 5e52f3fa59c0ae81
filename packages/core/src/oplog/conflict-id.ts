import { conflictKey, recordAddressOf, type RecordAddress } from './keys.ts'

export interface ShownConflict {
  readonly address: RecordAddress
  /** The server's version that was shown. */
  readonly version: number
}

/** Names an open conflict as it was shown: an answer must not count for what came later. */
export const toConflictId = ({ address, version }: ShownConflict): string =>
  `${conflictKey(address)}@${version}`

export const parseConflictId = (id: string): ShownConflict | undefined => {
  const at = id.lastIndexOf('@')
  const address = recordAddressOf(id.slice(0, at))
  const version = Number(id.slice(at + 1))
  return at > 0 && address !== undefined && Number.isSafeInteger(version) && version >= 0
    ? { address, version }
    : undefined
}
