import { SyncError, type Schema } from '@holdfast/core'
import type { Guarded } from './lease.ts'

const requests = ['acquire', 'renew', 'release']

/**
 * A collection whose name is misspelt would be guarded by nobody.
 * @throws SyncError MISCONFIGURED
 */
export const checkSchema = ({ collections }: Schema, guarded: Guarded): void => {
  const refuse = (collection: string, message: string): never => {
    throw new SyncError('MISCONFIGURED', message, { option: `schema.collections.${collection}` })
  }
  for (const [collection, leases] of Object.entries(guarded)) {
    if (!Object.hasOwn(collections, collection))
      refuse(collection, `The schema has no collection "${collection}" to guard.`)
    const operations = Object.hasOwn(collections, leases) ? collections[leases]?.operations : undefined
    if (operations === undefined)
      refuse(leases, `The schema has no collection "${leases}" for the leases of "${collection}".`)
    else if (requests.some((name) => !Object.hasOwn(operations, name)))
      refuse(leases, `The collection "${leases}" keeps no leases: make it with leases().`)
  }
}
