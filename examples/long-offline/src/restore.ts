import type { Restored } from '@holdfast/core'
import type { Device } from './device.ts'

export interface RestoredBackup extends Restored {
  /** What a second time does. */
  readonly again: Restored
}

/** A device without a queue, and without a network from now on, gets what the backup holds. */
export const checkBackup = async ({ client }: Device, text: string): Promise<RestoredBackup> => ({
  ...(await client.backups.restore(text)),
  again: await client.backups.restore(text),
})
