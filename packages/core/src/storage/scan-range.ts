import type { Key, ScanRequest } from './contract.ts'

/** Keys from `from` (included) up to `to` (excluded). Empty where `from >= to`. */
export interface KeyRange {
  readonly from: Key
  readonly to: Key
}

const first = ' '
const pastLast = '\u007f'

/** The keys that a scan may answer with, as one half-open range, so that an adapter compares but never matches. */
export const scanRange = ({ scan: prefix, after, reverse }: ScanRequest): KeyRange => {
  const to = endOfPrefix(prefix)
  if (after === undefined) return { from: prefix, to }
  if (reverse === true) return { from: prefix, to: after < to ? after : to }
  const next = after + first
  return { from: next > prefix ? next : prefix, to }
}

const endOfPrefix = (prefix: Key): Key =>
  prefix === ''
    ? pastLast
    : prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
