import type { CompactableRecord, Fold } from '@holdfast/core'
import type { Entry, ReadRequest } from '@holdfast/core/storage'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import { nothingPlanted, withDatabase, type Plants } from './plants.ts'

const isOfQueue = (request: ReadRequest): boolean =>
  'scan' in request && request.scan.startsWith('op/') && request.reverse === true

const unsent = (entry: Entry): Entry => {
  const { clientSeq: _clientSeq, ...operation } = JSON.parse(entry.value) as Readonly<Record<string, unknown>>
  if (operation['status'] !== 'SENT') return entry
  return { ...entry, value: JSON.stringify({ ...operation, status: 'PENDING' }) }
}

/** Whatever is in the queue is folded, also what is on its way. */
const foldsSent = (): Plants =>
  withDatabase((database) => ({
    ...database,
    async read(requests) {
      const found = await database.read(requests)
      return found.map((answer, index) => {
        const request = requests[index]
        if (request === undefined || !isOfQueue(request) || !Array.isArray(answer)) return answer
        return (answer as readonly Entry[]).map(unsent)
      }) as typeof found
    },
  }))

const withoutAges = (fold: Fold): Fold => {
  if (fold.kind === 'nothing') return fold
  const { $ages: _ages, ...written } = JSON.parse(fold.payload) as Readonly<Record<string, unknown>>
  return { ...fold, payload: JSON.stringify(written) }
}

/** What several updates became was all written when the last of them was. */
const forgetsAges = (): Plants => ({
  ...nothingPlanted,
  compaction: (plugin) => ({
    ...plugin,
    hooks: {
      ...plugin.hooks,
      async compactQueue(record) {
        const decide = plugin.hooks?.compactQueue
        if (typeof decide !== 'function') return record
        const decided: CompactableRecord = await decide(record)
        return { ...decided, folds: decided.folds.map(withoutAges) }
      },
    },
  }),
})

/** Much is written while little is sent. */
const folding: SwarmChanges = {
  compaction: 3,
  sharedRecords: 1,
  devices: 2,
  varied: 0.5,
  weights: { burst: 60, write: 60, offline: 12, pause: 8 },
}

/** Bugs of those who fold what was not sent. */
export const compactionBugs: readonly PlantedBug[] = [
  {
    name: 'compacts sent operations',
    plants: foldsSent,
    changes: { ...folding, network: { dropResponse: 0.3 } },
  },
  { name: 'compaction forgets the ages', plants: forgetsAges, changes: { ...folding, favourite: 'logs' } },
]
