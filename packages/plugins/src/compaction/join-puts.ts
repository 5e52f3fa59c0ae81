import type { CompactableRecord } from '@holdfast/core'
import { joinGroups, meets, type Group } from './group.ts'

export interface PutOptions {
  /** From so many updates on that are left of a record they go as one `put`. */
  readonly putAfter: number
}

/** What is left of updates that follow each other as one, of fields that are settled one by one and without a person. */
export const joinPuts = (
  { definition }: CompactableRecord,
  groups: readonly Group[],
  { putAfter }: PutOptions,
): readonly Group[] => {
  const { conflict, fieldTypes } = definition
  const isQuiet = (field: string): boolean =>
    Object.hasOwn(fieldTypes, field)
      ? fieldTypes[field]?.ignoresTime === true
      : conflict.perField === true && conflict.asks?.(field) !== true
  // Named operations in between read what they like.
  if (groups.some(({ kind }) => kind === 'named')) return groups
  const quiet = groups.filter((group) => group.kind === 'update' && [...group.fields].every(isQuiet))
  const puttable = apartFrom(quiet, groups)
  const [first, ...others] = puttable
  if (first === undefined || puttable.length < putAfter) return groups
  let put = first
  for (const group of others) {
    const joined = joinGroups(definition, put, group)
    if (joined === undefined) return groups
    put = joined
  }
  return [...groups.filter((group) => !puttable.includes(group)), put]
}

/** Those of the chosen that meet none of the updates that stay: they go behind all of them. */
const apartFrom = (chosen: readonly Group[], groups: readonly Group[]): readonly Group[] => {
  const staying = groups.filter((group) => group.kind === 'update' && !chosen.includes(group))
  const apart = chosen.filter((group) =>
    staying.every((one) => one.members.every((operation) => !meets(group, operation))),
  )
  return apart.length === chosen.length ? apart : apartFrom(apart, groups)
}
