import { cpSync, rmSync } from 'node:fs'
import { createSeededRandom } from '@holdfast/core/testing'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import Database from 'better-sqlite3'
import { filter, firstValueFrom } from 'rxjs'
import { openDevice } from '../app/device.ts'
import { findAll } from '../app/find.ts'
import { performStep, type KillsClient } from '../app/perform.ts'
import { createPlanner } from '../app/planner.ts'
import type { Told } from '../app/told.ts'
import { createLedger, type Ledger } from '../checks/ledger.ts'

/** A device of this process on a file of its own, which can be copied and set back. */
export interface Device {
  readonly ledger: Ledger
  readonly filename: string
  readonly client: () => KillsClient
  /** Writes at least so much, without syncing by itself where it is paused. */
  readonly write: (count: number) => Promise<void>
  /** Syncs until it is synced or blocked. */
  readonly sync: () => Promise<KillsClient['state']>
  /** The ledger checks what it has now. */
  readonly look: () => Promise<void>
  readonly close: () => Promise<void>
  /** After a close: goes on with what its file holds now. */
  readonly open: () => Promise<void>
  /** Another device on a copy of the file as it is now, not opened. It knows what this one had told until then. */
  readonly copy: (filename: string) => Device
  /** After a close: the file of that copy takes the place of this one's. */
  readonly takePlaceOf: (original: Device) => Device
}

export interface DeviceSetup {
  readonly name: string
  readonly filename: string
  readonly url: string
  readonly seed: string
  readonly shared: readonly string[]
  /** What it told before, where it begins as a copy. */
  readonly told?: readonly Told[]
  /** Names what it writes: no copy writes to the other's records. */
  readonly label?: string
}

export const createDevice = (setup: DeviceSetup): Device => {
  const { name, filename, url, seed, shared, label = name } = setup
  const told: Told[] = []
  const ledger = createLedger({ device: label, isAlone: false, mayGoBack: true })
  const tell = (one: Told): void => {
    told.push(one)
    ledger.hear(one)
  }
  for (const one of setup.told ?? []) tell(one)
  const random = createSeededRandom(`${seed}/${label}`)
  const plan = createPlanner({ device: label, random, first: ledger.next(), own: new Map(), shared })
  let opened: KillsClient | undefined

  const client = (): KillsClient => {
    if (opened === undefined) throw new Error(`${label} is not open.`)
    return opened
  }
  const acknowledged = (): number => ledger.counts().acknowledged
  return {
    ledger,
    filename,
    client,
    async write(count) {
      const wanted = acknowledged() + count
      while (acknowledged() < wanted) await performStep(client(), plan(), tell)
    },
    async sync() {
      client().start()
      await client().syncNow()
      const isDone = ({ status }: KillsClient['state']): boolean =>
        status === 'synced' || status === 'blocked'
      return firstValueFrom(client().state$.pipe(filter(isDone)))
    },
    look: async () => tell({ kind: 'works', found: await findAll(client()) }),
    async close() {
      await opened?.close()
      opened = undefined
    },
    async open() {
      opened = await openDevice({ storage: sqliteStorage({ filename, durability: 'normal' }), url, name })
    },
    copy(target) {
      const database = new Database(filename)
      database.prepare('VACUUM INTO ?').run(target)
      database.close()
      return createDevice({ ...setup, filename: target, told: [...told], label: `${label}b` })
    },
    takePlaceOf(original) {
      for (const end of ['', '-wal', '-shm']) rmSync(`${original.filename}${end}`, { force: true })
      cpSync(filename, original.filename)
      return createDevice({ ...setup, filename: original.filename, told: [...told], label: `${label}c` })
    },
  }
}
