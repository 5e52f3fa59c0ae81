import type { Conflict, ConflictStrategy, Patch } from '@holdfast/core'

type Ordered = number | bigint | Date

const isOrdered = (value: unknown): value is Ordered =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Date

/** Keeps, of each disputed field, the value that `prefers` picks; fields that can't be ordered are asked about. */
const extreme = (name: string, prefers: (mine: Ordered, theirs: Ordered) => boolean): ConflictStrategy => ({
  name,
  resolve({ fields, local, remote }: Conflict) {
    const patch: Record<string, Patch[string]> = {}
    const asked: string[] = []
    for (const field of fields) {
      const mine = local.values[field]
      const theirs = remote.values[field]
      if (!isOrdered(mine) || !isOrdered(theirs) || typeof mine !== typeof theirs) asked.push(field)
      else patch[field] = prefers(mine, theirs) ? mine : theirs
    }
    return asked.length > 0 ? { take: 'ask', fields: asked } : { take: 'merged', patch }
  },
})

/** The larger number, bigint or date stays: high scores, "last seen". The same in every order of arrival. */
export const largestWins = (): ConflictStrategy => extreme('largestWins', (mine, theirs) => mine > theirs)

/** The smaller number, bigint or date stays: best times, "first seen". The same in every order of arrival. */
export const smallestWins = (): ConflictStrategy => extreme('smallestWins', (mine, theirs) => mine < theirs)
