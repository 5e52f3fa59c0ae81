import { opening } from '../model/varied-rules.ts'
import { parseData, type Data } from '../model/values.ts'
import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { baseIn, shownIn } from './shown.ts'
import { must } from './violation.ts'

const isAccount = (key: string): boolean => key.startsWith('accounts/')

/** Whether records of the bank are among these. */
export const touchesBank = (keys: Iterable<string>): boolean => [...keys].some(isAccount)

/** Nobody makes or destroys money: every account began with the same. @throws Violation */
export const checkTotal = (
  place: string,
  keys: Iterable<string>,
  recordOf: (key: string) => Data | undefined,
): void => {
  const accounts = [...keys].filter(isAccount).flatMap((key): readonly Data[] => {
    const record = recordOf(key)
    return record === undefined ? [] : [record]
  })
  const total = accounts.reduce((sum, account) => sum + Number(account['balance']), 0)
  must(
    total === accounts.length * opening,
    'atomic',
    () => `${place}: ${accounts.length} accounts have ${total} together: ${JSON.stringify(accounts)}`,
  )
}

/** Guesses are made in pairs: what is shown adds up, too. @throws Violation */
export const checkShownBank = (mirror: Mirror): void => {
  const keys = new Set([...mirror.records.keys(), ...mirror.staged.keys()])
  // Whoever opens an account that is there already shows a new one until the server says no; and of a guess about an
  // account that is gone only half is shown (docs/gaps.md), also once it was opened anew.
  const isHalf = ([key, overlay]: readonly [string, ReadonlyMap<number, LocalOperation>]): boolean => {
    const oldest = overlay.get(Math.min(...overlay.keys()))
    if (oldest === undefined) return false
    const base = baseIn(mirror, key)
    if (base === undefined) return oldest.type !== 'create'
    const opens = [...overlay.values()].some(({ type }) => type === 'create')
    return opens || shownIn(mirror, key) === undefined
  }
  const bank = [...mirror.overlays].filter(([key]) => touchesBank([key]))
  if (!bank.some(isHalf)) checkTotal(`shown of ${mirror.scope}`, keys, (key) => shownIn(mirror, key))
  checkTotal(`the base of ${mirror.scope}`, keys, (key) => {
    const base = baseIn(mirror, key)
    return base === undefined || base.deleted ? undefined : parseData(base.data)
  })
}
