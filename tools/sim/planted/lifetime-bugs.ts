import type { CommitBatch, Entry, ReadRequest, Write } from '@holdfast/core/storage'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import { withDatabase, type Plants } from './plants.ts'

interface Operation {
  readonly id: string
  readonly status: string
  readonly clientSeq?: number
}

interface Head {
  readonly pending: number
  readonly sent: number
}

/** So many entries are looked at together where something may expire, and nowhere else. */
const portion = 500

const isExpiring = (request: ReadRequest): boolean =>
  'scan' in request && request.scan.startsWith('queue/') && request.limit === portion

const parseOperation = (text: string): Operation => JSON.parse(text) as Operation

/** What is on its way expires as well, and the books are kept as if that were right. */
const expiresSent = (): Plants =>
  withDatabase((database) => {
    /** The numbers of those that pass for unsent. */
    const disguised = new Map<string, number>()
    let isLooking = false

    const disguise = (entry: Entry): Entry => {
      const { clientSeq, ...operation } = parseOperation(entry.value)
      if (operation.status !== 'SENT' || clientSeq === undefined) return entry
      disguised.set(operation.id, clientSeq)
      return { ...entry, value: JSON.stringify({ ...operation, status: 'PENDING' }) }
    }

    const undisguise = ({ key, value }: Write): Write => {
      const clientSeq =
        key.startsWith('done/') && value !== undefined && disguised.get(parseOperation(value).id)
      if (typeof clientSeq !== 'number' || value === undefined) return { key, value }
      return { key, value: JSON.stringify({ ...parseOperation(value), clientSeq }) }
    }

    const withBooks = (write: Write, ended: number): Write => {
      if (!write.key.startsWith('log/') || write.value === undefined) return write
      const head = JSON.parse(write.value) as Head
      const { pending, sent } = head
      return {
        key: write.key,
        value: JSON.stringify({ ...head, pending: pending + ended, sent: sent - ended }),
      }
    }

    const changed = ({ expect, writes }: CommitBatch): CommitBatch => {
      const isExpired = writes.some(({ value }) => value?.includes('"EXPIRED"') === true)
      if (!isExpired) return { expect, writes }
      const told = writes.map(undisguise)
      const ended = told.filter(({ value }, index) => value !== writes[index]?.value).length
      return { expect, writes: told.map((write) => withBooks(write, ended)) }
    }

    return {
      ...database,
      async read(requests) {
        const found = await database.read(requests)
        const wasLooking = isLooking
        isLooking = requests.some(isExpiring)
        if (!wasLooking) return found
        return found.map((answer, index) => {
          const request = requests[index]
          const isOperation = request !== undefined && 'get' in request && request.get.startsWith('op/')
          return isOperation && answer !== undefined ? disguise(answer as Entry) : answer
        }) as typeof found
      },
      commit: (batch) => database.commit(changed(batch)),
    }
  })

/** Answers are lost, and the device is away for longer than what it sent is worth. */
const mortal: SwarmChanges = {
  lifetimes: true,
  upgrades: false,
  twoUsers: false,
  chaos: 60_000,
  sharedRecords: 1,
  client: { pollEvery: 20_000, retryCap: 8_000 },
  network: { dropResponse: 0.4 },
  weights: { away: 40, write: 60 },
}

/** Bugs of those who end what is too old. */
export const lifetimeBugs: readonly PlantedBug[] = [
  { name: 'TTL on in-flight operations', plants: expiresSent, changes: mortal },
]
