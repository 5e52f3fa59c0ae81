import { hasCode, type WriteReceipt } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import { findOperation } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import { shownIn } from '../checks/shown.ts'
import { poison, type CollectionName } from './schema.ts'
import type { Sim } from './sim.ts'
import type { Client, Tab } from './tab.ts'

/** What the writers of a world remember of their writes. */
export interface Writes {
  /** One write of one tab, drawn at random. Resolves to nothing; what became of it is remembered. */
  readonly one: (tab: Tab) => void
  /** Ids of operations whose writers were told that they are durable, by device. */
  readonly durable: ReadonlyMap<string, ReadonlySet<string>>
  /** Every text of a write that was refused: it must be nowhere. */
  readonly refused: ReadonlySet<string>
  /** How many writes' tabs died before their promise was settled. */
  readonly lost: () => number
}

interface Planned {
  readonly text: string
  readonly run: () => Promise<WriteReceipt>
}

export const createWrites = (sim: Sim): Writes => {
  const { counters, trace, swarm } = sim
  const random = sim.random.fork('writes')
  const durable = new Map<string, Set<string>>()
  const refused = new Set<string>()
  /** Writes whose promise is still open. */
  const open = new Map<Tab, number>()
  let made = 0

  const plan = (tab: Tab, client: Client): Planned => {
    made += 1
    const text = `w${made}x`
    const collection = random.pick<CollectionName>([
      'tasks',
      'tasks',
      'tasks',
      'logs',
      'prices',
      'pages',
      'solos',
    ])
    const owner = collection === 'solos' ? `-${tab.device.name}` : ''
    const id = `${collection}${owner}-${random.between(1, swarm.sharedRecords)}`
    const exists = shownIn(tab.device.mirror, `${collection}/${id}`) !== undefined
    // Now and then a write that can't fit, as a hasty app would make it.
    const creates = exists === random.chance(0.03)
    const said = random.chance(0.04) ? poison : text
    return planIn(client, collection, { id, text, said, random, creates })
  }

  const settle = async (tab: Tab, { text, run }: Planned): Promise<void> => {
    const { device, process } = tab
    try {
      const { operationId } = await run()
      if (!process.isAlive()) return
      durable.set(device.name, (durable.get(device.name) ?? new Set()).add(operationId))
      const stored = findOperation(device.mirror, operationId)
      sim.guard(() =>
        must(stored !== undefined, 'durable', () => `${operationId} was promised and is not stored`),
      )
      trace.note(`${process.name} wrote ${text}`)
      tab.views.onWritten(device.mirror.revision)
    } catch (error) {
      if (!process.isAlive()) return
      refused.add(text)
      if (hasCode(error, 'QUEUE_FULL')) counters.add('write refused by a full queue')
      else if (hasCode(error, 'NOT_FOUND') || hasCode(error, 'INVALID'))
        counters.add('write refused by its record')
      else if (hasCode(error, 'STORAGE_FULL') || hasCode(error, 'STORAGE_FAILED'))
        counters.add('write refused by storage')
      else if (!hasCode(error, 'STORAGE_LOCKED') && !hasCode(error, 'CLOSED'))
        sim.guard(() => {
          throw error
        })
    }
  }

  return {
    one(tab) {
      const client = tab.client()
      if (client === undefined) return
      open.set(tab, (open.get(tab) ?? 0) + 1)
      void settle(tab, plan(tab, client)).then(() => open.set(tab, (open.get(tab) ?? 1) - 1))
    },
    durable,
    refused,
    lost: () => [...open].reduce((sum, [tab, count]) => sum + (tab.process.isAlive() ? 0 : count), 0),
  }
}

interface Sketch {
  readonly id: string
  /** Names this write, and nothing else. */
  readonly text: string
  /** The text, or poison. */
  readonly said: string
  readonly random: SeededRandom
  readonly creates: boolean
}

const planIn = (client: Client, collection: CollectionName, sketch: Sketch): Planned => {
  const { id, text, said, random, creates } = sketch
  const { tasks, logs, prices, pages, solos } = client.collections
  const number = random.between(1, 9)
  const removes = !creates && random.chance(0.12)
  switch (collection) {
    case 'tasks':
      if (creates) return { text, run: () => tasks.create({ id, title: said, priority: number }) }
      if (removes) return { text, run: () => tasks.delete(id) }
      return {
        text,
        run: random.pick([
          () => tasks.update(id, { title: said }),
          () => tasks.update(id, { priority: number, note: said }),
          () => tasks.update(id, { done: random.chance(0.5), priority: number }),
          () => tasks.run.vote(id, { by: number }),
          () => tasks.run.finish(id, { note: said }),
        ]),
      }
    case 'logs':
      if (creates) return { text, run: () => logs.create({ id, text: `${text};`, mark: said }) }
      if (removes) return { text, run: () => logs.delete(id) }
      return {
        text,
        run: random.pick([
          () => logs.run.append(id, { token: said.repeat(number) }),
          () => logs.run.append(id, { token: said }),
          () => logs.update(id, { text, mark: said }),
        ]),
      }
    case 'prices':
      if (creates) return { text, run: () => prices.create({ id, amount: number, label: said }) }
      if (removes) return { text, run: () => prices.delete(id) }
      return { text, run: () => prices.update(id, { amount: number, label: said }) }
    case 'pages':
      if (creates) return { text, run: () => pages.create({ id, heading: text, body: said }) }
      if (removes) return { text, run: () => pages.delete(id) }
      return { text, run: () => pages.update(id, random.chance(0.5) ? { heading: said } : { body: said }) }
    case 'solos':
      if (creates) return { text, run: () => solos.create({ id, label: text }) }
      if (random.chance(0.3)) return { text, run: () => solos.update(id, { label: text }) }
      return { text, run: () => solos.run.add(id, { by: number }) }
  }
}
