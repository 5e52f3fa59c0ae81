import { SyncError } from '../base/errors.ts'

/** @throws SyncError STORAGE_CORRUPT */
export const parseEntry = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SyncError(
      'STORAGE_CORRUPT',
      `The local ${what} can't be read; export what is left and start afresh.`,
      {
        reason: what,
      },
      { cause: error },
    )
  }
}

const mostKnown = 64
const longestKnown = 4_096

/** @param complete makes an entry of what was stored, perhaps by an earlier version of this code */
export const jsonEntry = <TEntry>(
  what: string,
  complete: (stored: TEntry) => TEntry = (stored) => stored,
) => {
  // The same entries are read again and again, by one step and by those after it. They are never changed in place.
  const known = new Map<string, TEntry>()
  return {
    encode: (entry: TEntry): string => JSON.stringify(entry),
    decode(text: string): TEntry {
      const before = known.get(text)
      if (before !== undefined) return before
      const entry = complete(parseEntry(text, what) as TEntry)
      if (known.size >= mostKnown) known.clear()
      if (text.length <= longestKnown) known.set(text, entry)
      return entry
    },
  }
}
