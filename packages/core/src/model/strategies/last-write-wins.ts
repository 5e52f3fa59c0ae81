import type { Portable } from '../../base/portable.ts'
import type { Conflict, ConflictStrategy, Stamp } from '../strategy.ts'

/**
 * True when `mine`, which is judged now, wrote later than `theirs`. A client's operations come in the order
 * made; equal times of two clients are settled by client id, the same way on every machine.
 */
const isLater = (mine: Stamp, theirs: Stamp): boolean => {
  if (mine.clientId === theirs.clientId) return true
  return mine.timestamp === theirs.timestamp
    ? mine.clientId > theirs.clientId
    : mine.timestamp > theirs.timestamp
}

/**
 * Of each disputed field the later write wins, by hybrid timestamps that the server clamps to its own
 * clock. What lost stays in the operation's fate.
 */
export const lastWriteWins = (): ConflictStrategy => ({
  name: 'lastWriteWins',
  perField: true,
  resolve({ fields, local, remote }: Conflict) {
    const patch: Record<string, Portable | undefined> = {}
    for (const field of fields) {
      const mine = local.stamps[field]
      const theirs = remote.stamps[field]
      if (mine === undefined) continue
      if (theirs === undefined || isLater(mine, theirs)) patch[field] = local.values[field]
    }
    return { take: 'merged', patch }
  },
})

/** The server's value always stays. */
export const serverWins = (): ConflictStrategy => ({
  name: 'serverWins',
  perField: true,
  ignoresTime: true,
  resolve: () => ({ take: 'remote' }),
})
