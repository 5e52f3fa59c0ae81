import { add, increment, remove } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import type { Device } from './device.ts'
import { places, takenBack, taskIds } from './places.ts'
import { newSite, type Reckoning } from './reckoning.ts'

/** What a plain reckoning says will become of an operation. */
export type Expected =
  | 'applied'
  /** It came and went on the device. */
  | 'nothing'
  | 'answered'
  | 'takenBack'
  | 'expired'
  | 'gone'
  | 'refused'
  | 'unknown'

export type Receipt = Promise<{ readonly operationId: string; readonly recordId: string }>

export interface Edit {
  readonly receipt: Receipt
  /** What it changes. */
  readonly field: string
  readonly expected: Expected
}

const states = ['seen', 'mended', 'broken', 'measured']
/** None that others set: of the same value nobody is asked. */
const disputedStates = ['seen', 'mended', 'measured']

/** What Ada does, each edit so often among all, and what has to come of it. */
export const editsOf = (random: SeededRandom, reckoning: Reckoning) => {
  let count = 0
  /** Her own sites: those that were there before she began the present stretch of work. */
  const own: string[] = []
  const begun: string[] = []
  const undone = new Set<string>()
  const toDelete = [...places.deletedByAda]
  const toClaim = [...taskIds.taken, ...taskIds.free]

  const set = ({ client }: Device, id: string, field: string, value: string | number): Edit => {
    reckoning.site(id, () => ({ [field]: value }))
    return { receipt: client.collections.sites.update(id, { [field]: value }), field, expected: 'applied' }
  }

  const update = (device: Device, id: string): Edit => {
    const kind = random.pick(['reading', 'reading', 'state', 'note'] as const)
    if (kind === 'state') return set(device, id, kind, random.pick(states))
    return set(device, id, kind, kind === 'reading' ? count : `ada ${count}`)
  }

  const updateGone = (device: Device): Edit => {
    const reading = count
    const receipt = device.client.collections.sites.update(random.pick(places.gone), { reading })
    return { receipt, field: 'reading', expected: 'gone' }
  }

  const dispute = ({ client }: Device): Edit => {
    const id = random.pick(places.disputed)
    const receipt = client.collections.sites.update(id, { state: random.pick(disputedStates) })
    return { receipt, field: 'state', expected: takenBack.includes(id) ? 'takenBack' : 'answered' }
  }

  const visit = ({ client }: Device): Edit => {
    const [id, by] = [random.pick(places.hot), random.between(1, 3)]
    reckoning.site(id, ({ visits }) => ({ visits: visits + by }))
    const receipt = client.collections.sites.update(id, { visits: increment(by) })
    return { receipt, field: 'visits', expected: 'applied' }
  }

  const tag = ({ client }: Device): Edit => {
    const [id, name] = [random.pick(places.hot), `ada-${random.between(1, 4)}`]
    const adds = random.chance(0.6)
    reckoning.site(id, ({ tags }) => {
      const others = tags.filter((one) => one !== name)
      return { tags: adds ? [...others, name] : others }
    })
    const receipt = client.collections.sites.update(id, { tags: adds ? add(name) : remove(name) })
    return { receipt, field: 'tags', expected: 'applied' }
  }

  const claim = ({ client }: Device): Edit | undefined => {
    const id = toClaim.shift()
    if (id === undefined) return undefined
    const isFree = taskIds.free.includes(id)
    if (isFree) reckoning.task(id, () => ({ owner: 'ada' }))
    const receipt = client.collections.tasks.run.claim(id, { by: 'ada' })
    return { receipt, field: 'owner', expected: isFree ? 'applied' : 'refused' }
  }

  const create = ({ client, version }: Device): Edit => {
    const id = `ada-${count}`
    const site = { name: `New ${count}`, state: random.pick(states) }
    begun.push(id)
    // The old app's creations are brought up; the new one knows the field.
    const urgent = version === '1.0.0' && site.state === 'broken'
    reckoning.sites.set(id, { ...newSite, ...site, urgent })
    return { receipt: client.collections.sites.create({ id, ...site }), field: 'name', expected: 'applied' }
  }

  const deleteSite = ({ client }: Device, id: string, expected: Expected): Edit => {
    reckoning.sites.delete(id)
    return { receipt: client.collections.sites.delete(id), field: '$deleted', expected }
  }

  const deleteOwn = (device: Device): Edit | undefined => {
    if (own.length === 0) return undefined
    const [id = ''] = own.splice(random.between(0, own.length - 1), 1)
    undone.add(id)
    return deleteSite(device, id, 'nothing')
  }

  const deleteOld = (device: Device): Edit | undefined => {
    const id = toDelete.shift()
    return id === undefined ? undefined : deleteSite(device, id, 'applied')
  }

  const flag = ({ client }: Device): Edit => {
    const receipt = client.collections.flags.create({ id: `here-${count}`, site: random.pick(places.hot) })
    return { receipt, field: 'site', expected: 'expired' }
  }

  const view = ({ client }: Device): Edit => {
    const receipt = client.collections.analytics.create({ id: `view-${count}`, page: 'sites' })
    return { receipt, field: 'page', expected: 'expired' }
  }

  const often: readonly (readonly [number, (device: Device) => Edit | undefined])[] = [
    [600, (device) => update(device, random.pick(places.hot))],
    [110, (device) => update(device, random.pick(places.spread))],
    [20, (device) => (own.length === 0 ? undefined : update(device, random.pick(own)))],
    [10, (device) => update(device, random.pick(places.deletedLate))],
    [20, (device) => set(device, random.pick(places.noted), 'note', `ada ${count}`)],
    [20, updateGone],
    [20, dispute],
    [50, visit],
    [40, tag],
    [30, (device) => ({ receipt: postpone(device, random, reckoning), field: 'day', expected: 'applied' })],
    [3, claim],
    [25, create],
    [8, deleteOwn],
    [7, deleteOld],
    [20, flag],
    [20, view],
  ]
  const total = often.reduce((sum, [weight]) => sum + weight, 0)

  return {
    undone,
    next(device: Device): Edit {
      count += 1
      let left = random.between(0, total - 1)
      const chosen = often.find(([weight]) => (left -= weight) < 0)
      return chosen?.[1](device) ?? update(device, random.pick(places.hot))
    },
    /** What was created by now is on the device. */
    settle: () => void own.push(...begun.splice(0)),
  }
}

/** The two versions of the app say the same in two ways. */
export const postpone = (device: Device, random: SeededRandom, reckoning: Reckoning): Receipt => {
  const [id, days] = [random.pick(taskIds.shared), random.between(1, 3)]
  reckoning.task(id, ({ day }) => ({ day: day + days }))
  if (device.user !== 'ada') reckoning.byOthers(id, 'day')
  return device.version === '1.0.0'
    ? device.client.collections.tasks.run.postpone(id, { days })
    : device.client.collections.tasks.run.postpone(id, { hours: days * 24 })
}
