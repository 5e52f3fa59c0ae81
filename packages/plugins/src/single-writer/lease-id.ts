import { hash53 } from '../text/hash.ts'
import type { Lease } from './lease.ts'

/** What an id may have, in characters. */
const longest = 64

const short = (text: string): string => hash53(text).toString(36)

/**
 * The id of the lease of a record in a scope. Two that fall together by chance are told apart by what the lease names: the
 * second record then has none.
 */
export const leaseId = (scope: string, record: string): string => {
  const id = `${short(scope)}-${record}`
  return id.length <= longest ? id : `${short(scope)}-${short(record)}-${record}`.slice(0, longest)
}

/** As a device creates it, before anybody holds it. */
export const freeLease = (scope: string, record: string): Lease => ({
  id: leaseId(scope, record),
  scope,
  record,
  holder: null,
  device: '',
  fence: 0,
  until: 0,
  grant: '',
})
