import type { PushInput } from '@holdfast/core/protocol'
import type { PlantedBug } from './planted-bug.ts'
import { nothingPlanted, withTransaction, type Plants } from './plants.ts'

/** A position of a history that is lost counts as one of the present. */
const ignoresNonce = (): Plants => ({
  ...nothingPlanted,
  store: (store) => ({
    ...store,
    read: (scope, run) => store.read(scope, (tx) => run({ ...tx, knows: async () => true })),
    write: (scope, run) => store.write(scope, (tx) => run({ ...tx, knows: async () => true })),
  }),
})

/** Whoever says that it is a client is taken for it. Its numbers alone would tell that it is a copy, so they don't. */
const takesAnyInstance = (): Plants => {
  const newest = new Map<string, string>()
  return {
    ...withTransaction((tx) => ({
      ...tx,
      slotsAt: async () => [],
      async save(changes) {
        await tx.save(changes)
        const { client } = changes
        if (client !== undefined) newest.set(client.clientId, client.instance)
      },
    })),
    handlers: (handlers) => ({
      ...handlers,
      push(context, input) {
        const { clientId, instance } = input as PushInput
        const acknowledged = newest.get(clientId) ?? instance.acknowledged
        return handlers.push(context, { ...(input as PushInput), instance: { ...instance, acknowledged } })
      },
    }),
  }
}

/** What does not meet a lost history or a copy in any world (docs/gaps.md), and must not by force either. */
const apart = { upgrades: false, lifetimes: false } as const

/** Bugs of what notices that a server was put back, or that a client was copied. */
export const recoveryBugs: readonly PlantedBug[] = [
  {
    name: 'a lost history is not noticed',
    plants: ignoresNonce,
    changes: { ...apart, restores: true, weights: { restore: 40 } },
  },
  {
    name: 'a copied client is not noticed',
    plants: takesAnyInstance,
    changes: { ...apart, copies: true, weights: { clone: 40, rewind: 20 } },
  },
]
