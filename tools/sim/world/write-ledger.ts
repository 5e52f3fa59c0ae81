import { hasCode, type SyncError } from '@holdfast/core'
import { findOperation, timesLeft } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import type { Device } from './device.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'

/** What the writers of a world remember of their writes. */
export interface WriteLedger {
  /** Operations whose writers were told that they are durable, by device and id. */
  readonly durable: ReadonlyMap<string, ReadonlyMap<string, Promised>>
  /** Every text of a write that was refused: it must be nowhere. */
  readonly refused: ReadonlySet<string>
  /** How many writes' tabs died before their promise was settled. */
  readonly lost: () => number
  /** The device was put back: what it does not have any more was promised in vain. */
  readonly forget: (device: Device) => void
  /** Names a write, and nothing else. */
  readonly nextText: () => string
  /** Runs a write of a tab, and remembers what became of it. */
  readonly settle: (tab: Tab, write: LedgerWrite) => void
}

/** What is written on what is shown has its place there. */
const isPlaceless = ({ details }: SyncError<'INVALID'>): boolean => details.reason === 'no place'

/** Where an operation was when its writer was told. */
export interface Promised {
  readonly scope: string | undefined
  /** How often the device had left the scope: what it drops then was promised before. */
  readonly timesLeft: number
}

export interface LedgerWrite {
  /** Undefined: wherever the record is by then. */
  readonly scope: string | undefined
  readonly texts: readonly string[]
  /** The operations that it made, once they are durable. */
  readonly run: () => Promise<readonly string[]>
}

export const createWriteLedger = (sim: Sim): WriteLedger => {
  const { counters, trace } = sim
  const durable = new Map<string, Map<string, Promised>>()
  const refused = new Set<string>()
  /** Writes whose promise is still open. */
  const open = new Map<Tab, number>()
  let made = 0

  const promise = ({ device }: Tab, operationId: string, promised: Promised): void => {
    const known = durable.get(device.name) ?? new Map<string, Promised>()
    durable.set(device.name, known.set(operationId, promised))
    sim.guard(() =>
      must(
        findOperation(device.mirror, operationId) !== undefined ||
          sim.shelf.isRemoved(operationId) ||
          timesLeft(device.mirror, promised.scope) !== promised.timesLeft,
        'durable',
        () => `${operationId} was promised and is not stored`,
      ),
    )
  }

  const refuse = (texts: readonly string[], error: unknown): void => {
    for (const text of texts) refused.add(text)
    if (hasCode(error, 'QUEUE_FULL')) counters.add('write refused by a full queue')
    else if (hasCode(error, 'SCOPE_NOT_JOINED')) counters.add('write refused by its scope')
    else if (hasCode(error, 'INVALID') && error.message.startsWith('A transaction stays'))
      counters.add('transaction of two scopes')
    else if (hasCode(error, 'NOT_FOUND') || (hasCode(error, 'INVALID') && !isPlaceless(error)))
      counters.add('write refused by its record')
    else if (hasCode(error, 'STORAGE_FULL') || hasCode(error, 'STORAGE_FAILED'))
      counters.add('write refused by storage')
    else if (hasCode(error, 'UPGRADE_REQUIRED')) counters.add('write refused by an old tab')
    else if (hasCode(error, 'LEASE_LOST')) counters.add('write refused without a lease')
    else if (hasCode(error, 'TOO_LARGE')) counters.add('transaction larger than a batch')
    else if (!hasCode(error, 'STORAGE_LOCKED') && !hasCode(error, 'CLOSED'))
      sim.guard(() => {
        throw error
      })
  }

  const run = async (tab: Tab, { scope, texts, run: write }: LedgerWrite): Promise<void> => {
    const { device, process } = tab
    const promised = { scope, timesLeft: timesLeft(device.mirror, scope) }
    try {
      const operationIds = await write()
      if (!process.isAlive()) return
      for (const id of operationIds) promise(tab, id, promised)
      trace.note(`${process.name} wrote ${texts.join()}`)
      tab.views.onWritten(device.mirror.revision)
    } catch (error) {
      if (process.isAlive()) refuse(texts, error)
    }
  }

  return {
    durable,
    refused,
    lost: () => [...open].reduce((sum, [tab, count]) => sum + (tab.process.isAlive() ? 0 : count), 0),
    forget({ name, mirror }) {
      const promised = durable.get(name)
      for (const id of promised?.keys() ?? [])
        if (findOperation(mirror, id) === undefined) promised?.delete(id)
    },
    nextText() {
      made += 1
      return `w${made}x`
    },
    settle(tab, write) {
      open.set(tab, (open.get(tab) ?? 0) + 1)
      void run(tab, write).then(() => open.set(tab, (open.get(tab) ?? 1) - 1))
    },
  }
}
