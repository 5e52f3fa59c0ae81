import { opening } from '../model/varied-rules.ts'
import type { Data } from '../model/values.ts'
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
