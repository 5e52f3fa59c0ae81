import { hasCode, type WriteReceipt } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import { findOperation } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import { shownIn } from '../checks/shown.ts'
import type { Device } from './device.ts'
import { idIn, poison, type CollectionName } from './schema.ts'
import type { Sim } from './sim.ts'
import type { Client, Tab } from './tab.ts'

/** What the writers of a world remember of their writes. */
export interface Writes {
  /** One write of one tab, drawn at random. Resolves to nothing; what became of it is remembered. */
  readonly one: (tab: Tab) => void
  /** Operations whose writers were told that they are durable, by device and id. */
  readonly durable: ReadonlyMap<string, ReadonlyMap<string, Promised>>
  /** Every text of a write that was refused: it must be nowhere. */
  readonly refused: ReadonlySet<string>
  /** How many writes' tabs died before their promise was settled. */
  readonly lost: () => number
}

/** Where an operation was when its writer was told. */
export interface Promised {
  readonly scope: string
  /** How often the device had left the scope: what it drops then was promised before. */
  readonly timesLeft: number
}

interface Planned {
  readonly scope: string
  readonly text: string
  readonly run: () => Promise<WriteReceipt>
}

export const createWrites = (sim: Sim): Writes => {
  const { counters, trace, swarm } = sim
  const random = sim.random.fork('writes')
  const durable = new Map<string, Map<string, Promised>>()
  const draws = random.fork('scopes')
  const refused = new Set<string>()
  /** Writes whose promise is still open. */
  const open = new Map<Tab, number>()
  let made = 0

  /** Now and then one that the device has not joined. */
  const pickScope = ({ mirror, named }: Device): string => {
    const joined = mirror.joined.length === 0 ? named : mirror.joined
    return sim.scopes.length > 1 && draws.chance(0.05) ? draws.pick(sim.scopes) : draws.pick(joined)
  }

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
    const scope = pickScope(tab.device)
    const id = idIn(scope, `${collection}${owner}-${random.between(1, swarm.sharedRecords)}`)
    const there = tab.device.mirror.scopes.get(scope)
    const exists = there !== undefined && shownIn(there, `${collection}/${id}`) !== undefined
    // Now and then a write that can't fit, as a hasty app would make it.
    const creates = exists === random.chance(0.03)
    const said = random.chance(0.04) ? poison : text
    return { scope, text, run: planIn(client, collection, { id, text, said, random, creates }) }
  }

  const settle = async (tab: Tab, { scope, text, run }: Planned): Promise<void> => {
    const { device, process } = tab
    const timesLeft = (): number => device.mirror.scopes.get(scope)?.timesLeft ?? 0
    const before = timesLeft()
    try {
      const { operationId } = await run()
      if (!process.isAlive()) return
      const promised = durable.get(device.name) ?? new Map<string, Promised>()
      durable.set(device.name, promised.set(operationId, { scope, timesLeft: before }))
      sim.guard(() =>
        must(
          findOperation(device.mirror, operationId) !== undefined || timesLeft() !== before,
          'durable',
          () => `${operationId} was promised and is not stored`,
        ),
      )
      trace.note(`${process.name} wrote ${text}`)
      tab.views.onWritten(device.mirror.revision)
    } catch (error) {
      if (!process.isAlive()) return
      refused.add(text)
      if (hasCode(error, 'QUEUE_FULL')) counters.add('write refused by a full queue')
      else if (hasCode(error, 'SCOPE_NOT_JOINED')) counters.add('write refused by its scope')
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

const planIn = (client: Client, collection: CollectionName, sketch: Sketch): Planned['run'] => {
  const { id, text, said, random, creates } = sketch
  const { tasks, logs, prices, pages, solos } = client.collections
  const number = random.between(1, 9)
  const removes = !creates && random.chance(0.12)
  switch (collection) {
    case 'tasks':
      if (creates) return () => tasks.create({ id, title: said, priority: number })
      if (removes) return () => tasks.delete(id)
      return random.pick([
        () => tasks.update(id, { title: said }),
        () => tasks.update(id, { priority: number, note: said }),
        () => tasks.update(id, { done: random.chance(0.5), priority: number }),
        () => tasks.run.vote(id, { by: number }),
        () => tasks.run.finish(id, { note: said }),
      ])
    case 'logs':
      if (creates) return () => logs.create({ id, text: `${text};`, mark: said })
      if (removes) return () => logs.delete(id)
      return random.pick([
        () => logs.run.append(id, { token: said.repeat(number) }),
        () => logs.run.append(id, { token: said }),
        () => logs.update(id, { text, mark: said }),
      ])
    case 'prices':
      if (creates) return () => prices.create({ id, amount: number, label: said })
      if (removes) return () => prices.delete(id)
      return () => prices.update(id, { amount: number, label: said })
    case 'pages':
      if (creates) return () => pages.create({ id, heading: text, body: said })
      if (removes) return () => pages.delete(id)
      return () => pages.update(id, random.chance(0.5) ? { heading: said } : { body: said })
    case 'solos':
      if (creates) return () => solos.create({ id, label: text })
      if (random.chance(0.3)) return () => solos.update(id, { label: text })
      return () => solos.run.add(id, { by: number })
  }
}
