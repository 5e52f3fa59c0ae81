import { jsonEntry } from '../json-entry.ts'

/** How far a scope's generation is. It stays when nothing is staged: its revision tells a commit that came too late. */
export type Staging =
  | {
      readonly kind: 'idle'
      /** Counts up; the last one that was begun. */
      readonly generation: number
      /** How many records it held when it was flipped. */
      readonly rows?: number | undefined
    }
  | Staged
  /** Nobody needs it any more: its rows are being removed. */
  | { readonly kind: 'drop'; readonly generation: number }

interface StagedRows {
  readonly generation: number
  /** The revision of the scope's cursor from which it leads on; 0 where there was none. */
  readonly from: number
  /** How many records it holds. */
  readonly rows: number
  /** Of a reset: up to this position of the feed, at least, the server's history is the one that this device saw. */
  readonly history?: number | undefined
}

/** A generation that grows. */
export type Staged = StagedRows & NextPage

/** What its next page is asked with. */
export type NextPage =
  | {
      readonly kind: 'snapshot'
      readonly pageToken: string
    }
  | { readonly kind: 'pull'; readonly cursor: string }
  /** Of a reset, which pulls from this cursor afterwards: look for what the server lost; for records it has not. */
  | { readonly kind: 'search'; readonly cursor: string }
  | { readonly kind: 'sweep'; readonly cursor: string; readonly after: string }

export const nothingStaged: Staging = { kind: 'idle', generation: 0 }

export const stagingEntry = jsonEntry<Staging>('staged changes')
