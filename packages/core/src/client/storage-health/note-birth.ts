import { toSyncError } from '../../base/to-sync-error.ts'
import type { SyncClientOptions } from '../options.ts'

/** What a start found. */
export interface Start {
  readonly clientId: string
  /** There was no local database. */
  readonly isNew: boolean
}

/** Tells where a database is missing that was here, and remembers this one. A record that fails keeps nobody from starting. */
export const noteBirth = async (
  {
    births,
    user,
    onLocalDataLost,
    logger,
  }: Pick<SyncClientOptions, 'births' | 'user' | 'onLocalDataLost' | 'logger'>,
  { clientId, isNew }: Start,
): Promise<void> => {
  if (births === undefined) return
  try {
    const before = await births.read(user)
    await births.write(user, clientId)
    if (!isNew || before === undefined) return
    logger?.error('The local data of this user are gone; what had not been sent is lost.')
    onLocalDataLost?.({ user, clientId: before })
  } catch (error) {
    logger?.error('It can not be remembered that there are local data here.', toSyncError(error))
  }
}
