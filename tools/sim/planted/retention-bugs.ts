import type { Write } from '@holdfast/core/storage'
import type { SnapshotInput } from '@holdfast/core/protocol'
import type { ReadTransaction, ServerStore, WriteTransaction } from '@holdfast/server'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import {
  changingCommits,
  changingWrites,
  nothingPlanted,
  withReads,
  withTransaction,
  type Plants,
} from './plants.ts'

interface Head {
  readonly resetting?: string
}

const headOf = (value: string | undefined): Head => JSON.parse(value ?? '{}') as Head

/** What had not been sent is gone once the scope was fetched anew. */
const dropsQueue = (): Plants =>
  changingCommits(async ({ expect, writes }, database) => {
    const log = writes.find(({ key, value }) => key.startsWith('log/') && value !== undefined)
    if (log === undefined || headOf(log.value).resetting !== undefined) return { expect, writes }
    const scope = log.key.slice('log/'.length)
    const [before, queue] = await database.read([{ get: log.key }, { scan: `queue/${scope}/` }])
    if (headOf(before?.value).resetting === undefined) return { expect, writes }
    const unsent = queue.flatMap(({ key, value }): readonly Write[] => {
      const { collection, recordId, operationId, clientSeq } = JSON.parse(value) as Record<string, unknown>
      const localSeq = key.slice(key.lastIndexOf('/') + 1)
      if (clientSeq !== undefined) return []
      const places = [key, `op/${scope}/${String(collection)}/${String(recordId)}/${localSeq}`]
      return [...places, `id/${String(operationId)}`].map((place) => ({ key: place, value: undefined }))
    })
    const dropped = new Set(unsent.map(({ key }) => key))
    const head: Write = {
      key: log.key,
      value: JSON.stringify({ ...JSON.parse(log.value ?? '{}'), pending: 0 }),
    }
    const others = writes.filter((write) => write !== log && !dropped.has(write.key))
    return { expect, writes: [...others, ...unsent, head] }
  })

/** Every transaction, of reading and of writing. */
const inEach = (
  change: <TTransaction extends ReadTransaction<undefined>>(tx: TTransaction, scope: string) => TTransaction,
  write: (tx: WriteTransaction<undefined>, scope: string) => WriteTransaction<undefined> = (tx) => tx,
): Plants => ({
  ...nothingPlanted,
  store: (store): ServerStore<undefined> => ({
    ...store,
    read: (scope, run) => store.read(scope, (tx) => run(change(tx, scope))),
    write: (scope, run) => store.write(scope, (tx) => run(write(change(tx, scope), scope))),
  }),
})

/** Deletions are forgotten, and nobody who asks for news is told that there were some. */
const keepsItsPlace = (): Plants =>
  withReads((tx) => ({ ...tx, state: { ...tx.state, prunedTo: 0 }, knows: async () => true }))

/** What a device needs that was here lately is forgotten, too. */
const prunesEarly = (): Plants =>
  withTransaction((tx) => ({
    ...tx,
    prune: (request) => tx.prune({ ...request, before: request.before + 1_000 }),
  }))

/** Which numbers are decided is forgotten together with their verdicts. */
const forgetsNumbers = (): Plants => {
  const pruned = new Set<string>()
  return inEach(
    (tx, scope) => ({
      ...tx,
      watermark: async (clientId) => (pruned.has(scope) ? 0 : await tx.watermark(clientId)),
    }),
    (tx, scope) => ({
      ...tx,
      prune(request) {
        pruned.add(scope)
        return tx.prune(request)
      },
    }),
  )
}

/** The pages of a snapshot lead on from where the feed stands when the last of them is read. */
const endsAtTheEnd = (): Plants => ({
  ...nothingPlanted,
  handlers: (handlers) => ({
    ...handlers,
    async snapshot(context, input) {
      const answer = await handlers.snapshot(context, input)
      const { pageToken, ...first } = input as SnapshotInput
      if (answer.kind !== 'answer' || pageToken === undefined) return answer
      const now = await handlers.snapshot(context, { ...first, limit: 1 })
      return now.kind === 'answer' ? { ...answer, cursor: now.cursor } : answer
    },
  }),
})

/** The first operation that is copied is not there. */
const copiesTooLittle = (): Plants =>
  changingWrites(({ key, value }) => {
    if (!key.startsWith('kept/') || value === undefined) return { key, value }
    const part = JSON.parse(value) as { readonly operations: readonly unknown[] }
    return { key, value: JSON.stringify({ ...part, operations: part.operations.slice(1) }) }
  })

/** Worlds in which servers forget, and devices are away for longer. */
const forgetful: SwarmChanges = {
  copies: false,
  restores: false,
  lifetimes: false,
  retention: 1_200,
  chaos: 12_000,
  devices: 3,
  sharedRecords: 1,
  weights: { absence: 50, prune: 20, write: 40 },
}

/** Bugs of what forgets, and of what a device does when it was away for too long. */
export const retentionBugs: readonly PlantedBug[] = [
  { name: 'a reset drops the queue', plants: dropsQueue, changes: forgetful },
  {
    name: 'deletions are pruned, and the feed reaches back as ever',
    plants: keepsItsPlace,
    changes: forgetful,
  },
  { name: 'what is pruned is not old enough', plants: prunesEarly, changes: forgetful },
  { name: 'numbers are forgotten with their verdicts', plants: forgetsNumbers, changes: forgetful },
  {
    name: 'the cursor of a snapshot is taken at its end',
    plants: endsAtTheEnd,
    changes: { ...forgetful, page: 2, client: { page: 2 }, latecomer: true, server: { slow: 0.5 } },
  },
  { name: 'a backup leaves out an operation', plants: copiesTooLittle, changes: forgetful },
]
