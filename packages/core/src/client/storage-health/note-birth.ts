import { toSyncError } from '../../base/to-sync-error.ts'
import type { SyncClientOptions } from '../options.ts'
import type { LocalDataLost } from './births.ts'

/** What a start found. */
export interface Start {
  readonly clientId: string
  /** What this database was called before. */
  readonly formerIds?: readonly string[] | undefined
}

/**
 * Tells where a database is missing that was here, and remembers this one. A record that fails keeps nobody from starting.
 * @returns what is lost; undefined: nothing, as far as anybody knows
 */
export const noteBirth = async (
  {
    births,
    user,
    onLocalDataLost,
    logger,
  }: Pick<SyncClientOptions, 'births' | 'user' | 'onLocalDataLost' | 'logger'>,
  { clientId, formerIds = [] }: Start,
): Promise<LocalDataLost | undefined> => {
  if (births === undefined) return undefined
  try {
    const before = await births.read(user)
    await births.write(user, clientId)
    if (before === undefined || before === clientId || formerIds.includes(before)) return undefined
    const lost = { user, clientId: before }
    onLocalDataLost?.(lost)
    return lost
  } catch (error) {
    logger?.error('It can not be remembered that there are local data here.', toSyncError(error))
    return undefined
  }
}
