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

export const jsonEntry = <TEntry>(what: string) => {
  // One step often reads the same entry several times. Entries are never changed in place.
  let last: { readonly text: string; readonly entry: TEntry } | undefined
  return {
    encode: (entry: TEntry): string => JSON.stringify(entry),
    decode(text: string): TEntry {
      if (last?.text !== text) last = { text, entry: parseEntry(text, what) as TEntry }
      return last.entry
    },
  }
}
