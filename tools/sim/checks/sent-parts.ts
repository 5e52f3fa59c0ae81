import type { WireOperation } from '@holdfast/core/protocol'
import { canonical } from '../model/values.ts'

/** What an operation is, however often it is sent. */
const frozen = [
  'collection',
  'recordId',
  'type',
  'payload',
  'baseVersion',
  'timestamp',
  'clientSeq',
  'transaction',
  'marks',
] as const satisfies readonly (keyof WireOperation)[]

export const frozenPart = (operation: WireOperation): string =>
  canonical(Object.fromEntries(frozen.map((name) => [name, operation[name] ?? null])))

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
