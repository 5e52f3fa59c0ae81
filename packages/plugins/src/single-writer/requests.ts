import type { Operation, PluginContext } from '@holdfast/core'
import { leasesOf } from './guarded.ts'
import { freeLease, isAsked, readLease, type Guarded } from './lease.ts'

/** What this device asks for. Each record has one open request at most, whoever asks: a second one would be refused. */
export interface Requests {
  /** The operation that is on its way; undefined: none, or it was released or is being taken back. */
  readonly open: (collection: string, recordId: string) => Promise<string | undefined>
  /** The open request, or a new one. @returns its operation */
  readonly put: (collection: string, recordId: string) => Promise<string>
}

interface Options {
  readonly guarded: Guarded
  readonly ttl: number
}

export const createRequests = (context: PluginContext, { guarded, ttl }: Options): Requests => {
  const { client, user } = context
  /** The newest of each lease that this client made: others made some, too, another tab or an earlier start. */
  const newest = new Map<string, string>()
  const beingMade = new Map<string, Promise<string>>()
  const keyOf = (collection: string, recordId: string): string => `${collection}/${recordId}`

  const open: Requests['open'] = async (collection, recordId) => {
    const { operations } = client()
    const lease = await leasesOf(client(), guarded, collection).get(recordId)
    if (lease === undefined || !isAsked(readLease(lease))) return undefined
    const known = newest.get(keyOf(collection, recordId))
    if (known !== undefined && isOpen(await operations.get(known))) return known
    const made = await operations.history(guarded[collection] ?? '', recordId)
    return made.findLast((operation) => operation.type === 'acquire' && isOpen(operation))?.id
  }

  const make = async (collection: string, recordId: string): Promise<string> => {
    const before = await open(collection, recordId)
    if (before !== undefined) return before
    const isKnown = (await leasesOf(client(), guarded, collection).get(recordId)) !== undefined
    const until = (await client().now()) + ttl
    const operationId = await client().transaction(async ({ collections }) => {
      const leases = collections[guarded[collection] ?? '']
      if (!isKnown) await leases?.create({ ...freeLease(recordId) })
      const receipt = await leases?.run['acquire']?.(recordId, { holder: user, until })
      return receipt?.operationId ?? ''
    })
    newest.set(keyOf(collection, recordId), operationId)
    return operationId
  }

  return {
    open,
    put(collection, recordId) {
      const key = keyOf(collection, recordId)
      const running = beingMade.get(key)
      if (running !== undefined) return running
      const made = make(collection, recordId)
        // Another tab may have been first: then there is something to wait for.
        .catch(async (error: unknown) => {
          const others = await open(collection, recordId)
          if (others === undefined) throw error
          return others
        })
        .finally(() => beingMade.delete(key))
      beingMade.set(key, made)
      return made
    },
  }
}

const isOpen = (operation: Operation | undefined): boolean =>
  (operation?.status === 'PENDING' || operation?.status === 'SENT') && operation.cancel !== true
