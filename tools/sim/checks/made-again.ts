import type { CommitBatch } from '@holdfast/core/storage'
import { readStored, type Address, type LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { must } from './violation.ts'

/** Operations that have another place after a commit, as they are before it. */
export const movedBy = ({ ids, operations }: Mirror, { writes }: CommitBatch): readonly LocalOperation[] =>
  writes.flatMap(({ key, value }) => {
    if (!key.startsWith('id/') || value === undefined) return []
    const { localSeq } = readStored(value) as Address
    const place = ids.get(key.slice('id/'.length))
    const moved =
      place === undefined || place.localSeq === localSeq ? undefined : operations.get(place.localSeq)
    return moved === undefined ? [] : [moved]
  })

/** Only what a device has ended without the server's word is made again under its id, from a backup [BK5]. @throws Violation */
export const checkMadeAgain = (
  moved: readonly LocalOperation[],
  isRestored: (operation: LocalOperation) => boolean,
): void => {
  for (const operation of moved) {
    const { id, status, clientSeq, fate } = operation
    const isOwnEnd = status === 'REJECTED' && clientSeq === undefined && fate.code !== 'OUTCOME_UNKNOWN'
    must(
      isOwnEnd && fate.discarded !== true && isRestored(operation),
      'exactly once',
      () => `${id} was ${status} and is made again under its id`,
    )
  }
}
