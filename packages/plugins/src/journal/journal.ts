import { SyncError, definePlugin, type Plugin } from '@holdfast/core'
import type { ServerSide } from '@holdfast/server'
import type { JournalEntry } from './entry.ts'
import { createJournalApi, type JournalApi } from './journal-api.ts'
import { journalOnServer } from './server-half.ts'

export interface JournalOptions {
  /** The name that the schema gives to `journalEntries()`. */
  readonly collection: string
  /** How many entries each scope keeps: the newest. Default 500. */
  readonly keep?: number
  /** Longer values, as text and together, are not kept, only that they were settled. Default 131,072 characters. */
  readonly maxCharacters?: number
  /**
   * On the server, before an entry is kept: gives its values in another form, or undefined to keep nothing of it. An entry
   * whose values were changed can't be undone.
   */
  readonly redact?: (entry: JournalEntry) => JournalEntry | undefined
}

/** As long as two values can be that came by updates. */
const defaultMaxCharacters = 131_072

const checkWhole = (option: string, value: number): number => {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new SyncError('MISCONFIGURED', `${option} of the journal must be a positive integer.`, { option })
}

/**
 * Keeps what was settled without asking anybody, for looking at it and for undoing it. For client and server alike.
 * @throws SyncError MISCONFIGURED
 */
export const journal = ({
  collection,
  redact,
  ...options
}: JournalOptions): Plugin<'journal', JournalApi, ServerSide> => {
  const keep = checkWhole('keep', options.keep ?? 500)
  const maxCharacters = checkWhole('maxCharacters', options.maxCharacters ?? defaultMaxCharacters)
  return definePlugin({
    name: 'journal',
    setup: (context) => createJournalApi(context, collection),
    server: journalOnServer({ collection, keep, maxCharacters, redact }),
  })
}
