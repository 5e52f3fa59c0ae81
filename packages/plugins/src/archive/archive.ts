import {
  definePlugin,
  SyncError,
  type Cleaning,
  type Operation,
  type Plugin,
  type PluginContext,
} from '@holdfast/core'
import { archivePart } from '@holdfast/core/parts'
import { toMilliseconds, type Duration } from './duration.ts'

export type { Duration } from './duration.ts'

export interface ArchiveOptions {
  /** So many decided operations of each scope stay. Default: 1,000. */
  readonly keep?: number
  /** What was decided longer ago goes, however few there are. Default: 30 days. */
  readonly olderThan?: Duration
  /**
   * What was applied less long ago stays, however many there are: if the server loses it, only this device can send it again.
   * At most `olderThan`. Default: 7 days, or `olderThan` where that is shorter.
   */
  readonly grace?: Duration
  /** Collections whose operations stay and don't count. Default: none. */
  readonly except?: readonly string[]
  /** Gets operations before they are removed, 500 at most, and each at least once; while it fails they stay. */
  readonly onRemove?: (operations: readonly Operation[]) => void | Promise<void>
}

export interface ArchiveApi {
  /** How many decided operations are kept, of all joined scopes; dead letters are none. */
  readonly size: () => Promise<number>
  /**
   * Removes what may go, now.
   * @returns how many were removed
   */
  readonly run: () => Promise<number>
}

const defaultKeep = 1_000
const defaultAge = '30d'
const defaultGrace = '7d'

const refuse = (option: string, what: string): never => {
  throw new SyncError('MISCONFIGURED', `archive: ${option} ${what}.`, { option })
}

const toCleaning = ({ keep = defaultKeep, except = [], onRemove, ...given }: ArchiveOptions): Cleaning => {
  if (!Number.isSafeInteger(keep) || keep < 0) refuse('keep', 'must be a whole number of 0 or more')
  const time = (option: 'olderThan' | 'grace', value: Duration): number => {
    const milliseconds = toMilliseconds(value)
    if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
    return refuse(option, "must be milliseconds, or a time such as '30d'")
  }
  const olderThan = time('olderThan', given.olderThan ?? defaultAge)
  const grace =
    given.grace === undefined ? Math.min(time('grace', defaultGrace), olderThan) : time('grace', given.grace)
  if (grace > olderThan) refuse('grace', 'must not be longer than olderThan')
  return { keep, olderThan, grace, except, onRemove }
}

/**
 * Removes decided operations by count and age, after sync runs. What was removed has no history and no fate any more, and
 * can't be sent again. Each client needs its own.
 * @throws SyncError MISCONFIGURED
 */
export const archive = (options: ArchiveOptions = {}): Plugin<'archive', ArchiveApi> => {
  const cleaning = toCleaning(options)
  let inClient: PluginContext | undefined
  let last: Promise<number> = Promise.resolve(0)

  /** One pass at a time: `onRemove` gets nothing twice that it took. */
  const clean = (context: PluginContext, force: boolean): Promise<number> => {
    const start = (): Promise<number> => context.client().archive.clean({ ...cleaning, force })
    last = last.then(start, start)
    return last
  }

  return definePlugin({
    name: 'archive',
    parts: [archivePart],
    setup(context: PluginContext): ArchiveApi {
      inClient = context
      return { size: () => context.client().archive.size(), run: () => clean(context, true) }
    },
    hooks: {
      async onMaintenance() {
        if (inClient !== undefined) await clean(inClient, false)
      },
    },
  })
}
