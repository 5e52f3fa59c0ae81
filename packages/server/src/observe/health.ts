import { withinTime } from '../plugin/within-time.ts'
import type { ResolvedOptions } from '../options.ts'

/** Plain JSON, without a word about the failure: that is in the log. */
export type Health =
  | { readonly status: 'ok'; readonly databaseMs: number }
  | { readonly status: 'failing'; readonly databaseMs: undefined }

/** Milliseconds that the database may take. */
const patience = 5_000

/** Whether this process can read its database now. For a health endpoint: 200 for `ok`, 503 for `failing`. */
export const createHealth =
  <TContext, TDatabase>({
    store,
    environment,
    logger,
  }: Pick<
    ResolvedOptions<TContext, TDatabase>,
    'store' | 'environment' | 'logger'
  >): (() => Promise<Health>) =>
  async () => {
    const { clock, timers } = environment
    const start = clock.monotonic()
    try {
      await withinTime(timers, patience, () => store.read('', async () => undefined))
      return { status: 'ok', databaseMs: clock.monotonic() - start }
    } catch (error) {
      logger.error('The database can not be read.', { error })
      return { status: 'failing', databaseMs: undefined }
    }
  }
