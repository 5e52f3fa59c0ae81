import { hasCode, type ErrorCode } from '@holdfast/core'
import { joinedMirrors, type DeviceMirror } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import type { Actors } from './actors.ts'
import { doubt } from './copies.ts'
import { createDevice } from './device.ts'
import { createMachine } from './machine.ts'
import type { Tab } from './tab.ts'

const expected: readonly ErrorCode[] = [
  'STORAGE_FULL',
  'STORAGE_FAILED',
  'STORAGE_LOCKED',
  'CLOSED',
  'QUEUE_FULL',
  'SCOPE_NOT_JOINED',
]

/** As what it is made again that had ended unapplied. */
const again = (id: string): string => `${id}-r`

const attempt = async ({ sim }: Actors, tab: Tab, run: () => Promise<void>): Promise<void> => {
  try {
    await run()
  } catch (error) {
    if (!tab.process.isAlive() || expected.some((code) => hasCode(error, code))) return
    sim.guard(() => {
      throw error
    })
  }
}

interface Exported {
  readonly scope: string
  readonly decidedTo?: number
  readonly operations: readonly {
    readonly id: string
    readonly status: string
    readonly clientSeq?: number
  }[]
}

/** Somebody looks at what a device kept before it was set right, and makes it again: there, or in an empty store. */
export const useBackup = (actors: Actors, tab: Tab, isAtRest = false): Promise<void> =>
  attempt(actors, tab, async () => {
    const { sim, fleet, random } = actors
    const client = tab.client()
    const backups = (await client?.backups.list()) ?? []
    if (client === undefined || backups.length === 0 || (!isAtRest && !sim.isChaos())) return
    const backup = random.pick(backups)
    const text = await client.backups.export(backup.id)
    const name = `${tab.device.name}r`
    if (random.chance(0.4) && fleet.devices.every((other) => other.name !== name))
      return restoreElsewhere(actors, tab, { text, name, isAtRest })
    await restore(actors, tab, { text, by: random.chance(0.5) ? backup.id : text })
    sim.counters.add('backup restored')
  })

/** Once everything is still. What comes of it has to settle, too. */
export const useBackupsAtRest = async (actors: Actors): Promise<void> => {
  for (const device of [...actors.fleet.devices]) {
    const tab = actors.fleet.tabsOf(device).find((each) => each.client() !== undefined)
    if (tab !== undefined && device.mirror.backups.size > 0) await useBackup(actors, tab, true)
  }
}

const restore = async (
  { sim }: Actors,
  { client, device, process }: Tab,
  { text, by }: { readonly text: string; readonly by: string },
): Promise<void> => {
  const { scope, operations, decidedTo = Infinity } = JSON.parse(text) as Exported
  for (const { id, status, clientSeq = 0 } of operations) {
    const isDecided = status === 'SENT' && clientSeq <= decidedTo
    for (const each of [id, again(id)]) sim.restored.set(each, !isDecided || each !== id)
  }
  const told = await client()?.backups.restore(by)
  if (told === undefined || !process.isAlive()) return
  sim.counters.add('restored into the queue', told.queued)
  sim.counters.add('restored as a dead letter', told.deadLetters)
  sim.trace.note(`${process.name} restored ${JSON.stringify(told)}`)
  sim.guard(() => checkRestored(device.mirror, scope, operations))
}

/** All of it has a place now. @throws Violation */
const checkRestored = (
  mirror: DeviceMirror,
  scope: string,
  operations: readonly { readonly id: string }[],
): void => {
  if (joinedMirrors(mirror).every((there) => there.scope !== scope)) return
  for (const { id } of operations)
    must(mirror.ids.has(id) || mirror.ids.has(again(id)), 'conserved', () => `${id} was not restored`)
}

interface Elsewhere {
  readonly text: string
  /** Of the new device. */
  readonly name: string
  readonly isAtRest: boolean
}

/** Its user has another device, and both may go on. */
const restoreElsewhere = async (
  actors: Actors,
  { device }: Tab,
  { text, name, isAtRest }: Elsewhere,
): Promise<void> => {
  const { sim, fleet, random } = actors
  const { scope } = JSON.parse(text) as Exported
  const other = createDevice(sim, { name, user: device.user, machine: createMachine(sim, name) })
  // Whoever gets a new device installs what is there by then.
  if (device.version() === 'new') other.upgrade()
  fleet.add(other)
  doubt(sim, device)
  for (let tries = 0; tries < 20; tries += 1) {
    await new Promise<void>((resolve) =>
      sim.time.after(random.between(50, 400), 'somebody restores', resolve),
    )
    if (!isAtRest && !sim.isChaos()) return
    const tab = fleet.tabsOf(other).find((each) => each.client() !== undefined)
    if (tab === undefined) continue
    await attempt(actors, tab, async () => {
      await tab.client()?.scopes.join(scope)
      doubt(sim, other)
      if (!isAtRest && !sim.isChaos()) return
      await restore(actors, tab, { text, by: text })
      sim.counters.add('backup restored elsewhere')
    })
    return
  }
}
