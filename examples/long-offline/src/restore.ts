import type { Restored } from '@holdfast/core'
import type { Device } from './device.ts'

export interface RestoredBackup extends Restored {
  /** How many operations the text has. What was folded into others since is in it as these, if they are not decided yet. */
  readonly exported: number
  /** Records that are not there any more: what was for them is a dead letter. */
  readonly gone: readonly string[]
  /** Dead letters of what may have been applied. */
  readonly unknown: number
  /** What a second time does. */
  readonly again: Restored
}

/** A device without a queue, and without a network from now on, gets what the backup holds. */
export const checkBackup = async ({ client }: Device, text: string): Promise<RestoredBackup> => {
  const { size: exported } = JSON.parse(text) as { readonly size: number }
  const first = await client.backups.restore(text)
  const letters = await client.deadLetters.list()
  const codeOf = ({ fate }: (typeof letters)[number]) => (fate.kind === 'rejected' ? fate.code : fate.kind)
  return {
    ...first,
    exported,
    gone: [
      ...new Set(letters.flatMap((letter) => (codeOf(letter) === 'NOT_FOUND' ? [letter.recordId] : []))),
    ].sort(),
    unknown: letters.filter((letter) => codeOf(letter) === 'OUTCOME_UNKNOWN').length,
    again: await client.backups.restore(text),
  }
}
