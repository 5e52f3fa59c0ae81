import {
  definePlugin,
  SyncError,
  type CompactableRecord,
  type CompactionTrigger,
  type Plugin,
  type PluginContext,
} from '@holdfast/core'
import { compactionPart } from '@holdfast/core/parts'
import { foldRecord } from './fold-record.ts'
import { createTriggers } from './triggers.ts'

export interface CompactionOptions {
  /** Compacts a scope when so many operations were written to it since the last time. Default: 1,000. */
  readonly threshold?: number
  /** Compacts one record when so many operations were written to it since the last time. Default: 50. */
  readonly perRecord?: number
  /** Compacts before a sync run sends. Default: true. */
  readonly beforeSync?: boolean
  /** Updates of one record that can't be folded otherwise go as one `put` from so many on. Default: 2. */
  readonly putAfter?: number
}

export interface CompactionApi {
  /**
   * Folds what was never sent, of one scope, now.
   * @returns how many operations are no longer in the queue
   */
  readonly compact: (scope: string) => Promise<number>
}

const defaults: Required<CompactionOptions> = {
  threshold: 1_000,
  perRecord: 50,
  beforeSync: true,
  putAfter: 2,
}

const check = (options: Required<CompactionOptions>): void => {
  for (const name of ['threshold', 'perRecord', 'putAfter'] as const) {
    if (Number.isSafeInteger(options[name]) && options[name] >= 2) continue
    throw new SyncError('MISCONFIGURED', `${name} must be a whole number of 2 or more.`, { option: name })
  }
}

/**
 * Folds operations that were never sent, so that a long absence makes few and small requests. What the server and all
 * others see in the end is the same. Each client needs its own.
 * @throws SyncError MISCONFIGURED
 */
export const compaction = (options: CompactionOptions = {}): Plugin<'compaction', CompactionApi> => {
  const chosen = { ...defaults, ...options }
  check(chosen)
  const isWanted = (trigger: CompactionTrigger): boolean => trigger !== 'sync' || chosen.beforeSync
  return definePlugin({
    name: 'compaction',
    parts: [compactionPart],
    setup(context: PluginContext): CompactionApi {
      createTriggers(context, chosen)
      return { compact: (scope) => context.client().compact({ scope, trigger: 'threshold' }) }
    },
    hooks: {
      compactQueue: (record: CompactableRecord) =>
        isWanted(record.trigger)
          ? { ...record, folds: [...record.folds, ...foldRecord(record, chosen)] }
          : record,
    },
  })
}
