import type { Operation, PluginContext } from '@holdfast/core'
import { isAsked, readLease } from './lease.ts'
import { freeLease } from './lease-id.ts'
import type { LeasePlace } from './places.ts'

/** What this device asks for. Each record has one open request at most, whoever asks: a second one would be refused. */
export interface Requests {
  /** The operation that is on its way; undefined: none, or it was released or is being taken back. */
  readonly open: (place: LeasePlace) => Promise<string | undefined>
  /** The open request, or a new one. @returns its operation */
  readonly put: (place: LeasePlace) => Promise<string>
}

export const createRequests = ({ client, user }: PluginContext, ttl: number): Requests => {
  /** The newest of each lease that this client made: others made some, too, another tab or an earlier start. */
  const newest = new Map<string, string>()
  const beingMade = new Map<string, Promise<string>>()
  const keyOf = ({ name, id }: LeasePlace): string => `${name}/${id}`

  const open: Requests['open'] = async (place) => {
    const { operations } = client()
    const lease = await place.leases.get(place.id)
    if (lease === undefined || !isAsked(readLease(lease))) return undefined
    const known = newest.get(keyOf(place))
    if (known !== undefined && isOpen(await operations.get(known))) return known
    const made = await operations.history(place.name, place.id)
    return made.findLast((operation) => operation.type === 'acquire' && isOpen(operation))?.id
  }

  const make = async (place: LeasePlace): Promise<string> => {
    const before = await open(place)
    if (before !== undefined) return before
    const { name, id, scope, record } = place
    const isKnown = (await place.leases.get(id)) !== undefined
    const until = (await client().now()) + ttl
    const operationId = await client().transaction(async ({ collections }) => {
      const leases = collections[name]
      if (!isKnown) await leases?.create({ ...freeLease(scope, record) })
      const receipt = await leases?.run['acquire']?.(id, { holder: user, until })
      return receipt?.operationId ?? ''
    })
    newest.set(keyOf(place), operationId)
    return operationId
  }

  return {
    open,
    put(place) {
      const key = keyOf(place)
      const running = beingMade.get(key)
      if (running !== undefined) return running
      const made = make(place)
        // Another tab may have been first: then there is something to wait for.
        .catch(async (error: unknown) => {
          const others = await open(place)
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
