import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { openPrisma } from '../../../packages/server/test/support/open-prisma.ts'
import { performStep } from '../app/perform.ts'
import { markOf } from '../app/writes.ts'
import { backupsOf, type Backups } from './backups.ts'
import { readOutcome, type Ended, type Outcome } from './outcome.ts'
import { openRestoredWorld, shared, type Contact, type RestoredWorld } from './world.ts'
import type { Device } from './device.ts'

export interface RestoreOptions {
  readonly database: TestDatabase
  readonly seed: string
  /** Acknowledged operations that the server forgets. */
  readonly forgotten: number
  /** Somebody writes more than that before the devices speak again. */
  readonly overtaken: boolean
  /** What takes the database back. Default: a backup of it. */
  readonly backups?: Backups | undefined
}

export interface Noticed extends Outcome {
  readonly contacts: readonly Contact[]
}

/** Two rounds: only when nobody writes any more can one have what the others wrote. */
const syncAll = async (devices: readonly Device[]): Promise<void> => {
  for (let round = 0; round < 2; round += 1) for (const device of devices) await device.sync()
  for (const device of devices) await device.look()
}

/** The same, and from then on nothing is sent that is written. */
export const syncAndPause = async (devices: readonly Device[]): Promise<void> => {
  await syncAll(devices)
  for (const device of devices) device.client().pause()
}

/** The first device makes the records that all write; then each writes something. */
export const begin = async (world: RestoredWorld, names: readonly string[]): Promise<readonly Device[]> => {
  const devices: Device[] = []
  for (const name of names) devices.push(await world.device(name))
  const founder = await world.device('founder')
  const writes = shared.map(
    (recordId, index) =>
      ({ mark: markOf('founder', index + 1), kind: 'create', collection: 'shared', recordId }) as const,
  )
  await performStep(founder.client(), { kind: 'together', writes }, founder.ledger.hear)
  await syncAndPause([founder, ...devices])
  for (const device of devices) await device.write(40)
  await syncAndPause([founder, ...devices])
  return [founder, ...devices]
}

/** Where all of them stand in the end, when each has had its chance to go on. */
export const endOf = async (devices: readonly Device[]): Promise<readonly Ended[]> => {
  await syncAll(devices)
  return devices.map(({ ledger, client }) => ({ ledger, state: client().state }))
}

/** The server is set back behind what it acknowledged; each device notices at its first word. */
export const restoreServer = async ({
  database,
  seed,
  forgotten,
  overtaken,
  backups = backupsOf(database),
}: RestoreOptions): Promise<Noticed> => {
  await using world = await openRestoredWorld(database, seed, backups)
  const devices = await begin(world, ['d1', 'd2', 'd3'])
  await world.save()
  const [founder, ...writers] = devices
  for (const device of writers) await device.write(Math.ceil(forgotten / writers.length))
  await syncAndPause(devices)
  // Written and not sent when the server loses its memory.
  for (const device of writers) await device.write(5)
  await world.restore()
  const newcomers = overtaken ? [await world.device('newcomer')] : []
  for (const device of newcomers) {
    await device.sync()
    await device.write(2 * forgotten)
    await syncAndPause(newcomers)
  }
  // One of them has been started anew meanwhile.
  await founder?.close()
  await founder?.open()
  const contacts: Contact[] = []
  for (const device of devices) contacts.push(await world.contact(device))
  const ended = await endOf([...devices, ...newcomers])
  const prisma = openPrisma(backups.url())
  const outcome = await readOutcome({ prisma }, ended)
  await prisma.$disconnect()
  return { contacts, ...outcome }
}
