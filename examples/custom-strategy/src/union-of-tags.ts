import type { Conflict, ConflictStrategy, Portable, Resolution } from '@holdfast/core'

const isTags = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((tag) => typeof tag === 'string')

/** Keeps the tags of both sides, sorted. A side without tags adds none; what is no list of tags is asked about. */
export const unionOfTags = (): ConflictStrategy => ({
  name: 'unionOfTags',
  resolve({ fields, local, remote }: Conflict): Resolution {
    const asked: string[] = []
    const patch: Record<string, Portable> = {}
    for (const field of fields) {
      const [mine, theirs] = [local.values[field] ?? [], remote.values[field] ?? []]
      if (isTags(mine) && isTags(theirs)) patch[field] = [...new Set([...mine, ...theirs])].sort()
      else asked.push(field)
    }
    return asked.length > 0 ? { take: 'ask', fields: asked } : { take: 'merged', patch }
  },
})
