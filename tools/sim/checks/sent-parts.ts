import type { WireOperation } from '@holdfast/core/protocol'
import { canonical } from '../model/values.ts'

/** What an operation is, however often it is sent. */
export const frozenPart = ({
  collection,
  recordId,
  type,
  payload,
  baseVersion,
  timestamp,
  clientSeq,
  transaction,
  marks,
}: WireOperation): string =>
  canonical({
    collection,
    recordId,
    type,
    payload,
    baseVersion,
    timestamp,
    clientSeq,
    transaction: transaction ?? null,
    marks: marks ?? '',
  })

/** What may differ where it was sent again, or by a copy, and counts. */
export const sentPart = ({ timestamp, history }: WireOperation): string => `${timestamp} ${history ?? ''}`

/** More than anybody sends of what belongs together. */
export const mostChoices = 64

/** One of each: all ways to choose have a number. */
export const chosenOf = <TItem>(lists: readonly (readonly TItem[])[], choice: number): readonly TItem[] => {
  let rest = choice
  return lists.flatMap((list) => {
    const item = list[rest % Math.max(list.length, 1)]
    rest = Math.floor(rest / Math.max(list.length, 1))
    return item === undefined ? [] : [item]
  })
}
