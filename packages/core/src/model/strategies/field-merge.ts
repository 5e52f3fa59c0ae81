import { SyncError } from '../../base/errors.ts'
import { ownMember } from '../../base/objects.ts'
import type { Portable } from '../../base/portable.ts'
import type { Conflict, ConflictStrategy, Resolution, Side } from '../strategy.ts'
import { manual } from './manual.ts'

export interface FieldMergeOptions {
  /** For fields that have no strategy of their own. `ask` (the default) is `manual()`. */
  readonly onOverlap?: 'ask' | ConflictStrategy
  readonly fields?: Readonly<Record<string, ConflictStrategy>>
}

const narrow = (side: Side, field: string): Side => {
  const value = side.values[field]
  return { ...side, values: value === undefined ? {} : { [field]: value } }
}

/** Disjoint changes merge; each disputed field is settled by its own strategy. One question asks for all. */
export const fieldMerge = ({ onOverlap = 'ask', fields = {} }: FieldMergeOptions = {}): ConflictStrategy => {
  const fallback = onOverlap === 'ask' ? manual() : onOverlap
  const strategyOf = (field: string): ConflictStrategy => ownMember(fields, field) ?? fallback

  return {
    name: 'fieldMerge',
    // Each is asked about its field alone.
    perField: true,
    ignoresTime: [fallback, ...Object.values(fields)].every((strategy) => strategy.ignoresTime === true),
    asks: (field) => strategyOf(field).asks?.(field) === true,
    resolve(conflict: Conflict): Resolution {
      const asked: string[] = []
      const patch: Record<string, Portable | undefined> = {}
      for (const field of conflict.fields) {
        const one: Conflict = {
          ...conflict,
          fields: [field],
          local: narrow(conflict.local, field),
          remote: narrow(conflict.remote, field),
        }
        const strategy = strategyOf(field)
        const resolution = strategy.resolve(one)
        switch (resolution.take) {
          case 'reject':
            return resolution
          case 'ask':
            asked.push(field)
            break
          case 'remote':
            break
          case 'local':
            patch[field] = one.local.values[field]
            break
          case 'merged':
            if (Object.hasOwn(resolution.patch, field)) patch[field] = resolution.patch[field]
            break
          default:
            throw new SyncError('INVALID', `The conflict strategy "${strategy.name}" gave no answer.`, {})
        }
      }
      return asked.length > 0 ? { take: 'ask', fields: asked } : { take: 'merged', patch }
    },
  }
}
