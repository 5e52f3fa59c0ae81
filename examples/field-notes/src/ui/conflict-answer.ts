import type { ConflictsApi, OpenConflict } from '@holdfast/core'

export type ConflictAnswer = Parameters<ConflictsApi['resolve']>[1]

/** What is deleted on one side is kept or not: there is nothing between. */
export const isMergeable = ({ mine, theirs }: OpenConflict): boolean =>
  mine !== undefined && theirs !== undefined

/** What a person begins with: both texts, and of anything else theirs. */
export const firstMerge = ({ mine, theirs, fields }: OpenConflict): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fields.map((field) => {
      const [own, other] = [textOf(mine?.[field]), textOf(theirs?.[field])]
      return [field, field === 'text' ? `${other}\n${own}` : other]
    }),
  )

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
