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

export interface Made {
  readonly operationId: string
  readonly recordId: string
  readonly expected: Expected
}

type Receipt = Promise<{ readonly operationId: string; readonly recordId: string }>

interface Edit {
  readonly receipt: Receipt
  readonly expected: Expected
}

/** None that others set: of the same value nobody is asked. */
const disputedStates = ['seen', 'mended', 'measured']
const states = ['seen', 'mended', 'broken', 'measured']

/** Ada's three weeks: each edit is one operation. */
export const startAda = (random: SeededRandom, reckoning: Reckoning) => {
  let count = 0
  /** Her own sites that later edits may use. */
  const own: string[] = []
  const begun: string[] = []
  const toDelete = [...places.deletedByAda]
  const toClaim = [...taskIds.taken, ...taskIds.free]
  const isUndone = new Set<string>()
  const made: Made[] = []

  const update = ({ client }: Device, id: string, expected: Expected = 'applied'): Edit => {
    const change =
      expected === 'answered' || expected === 'takenBack'
        ? { state: random.pick(disputedStates) }
        : random.pick([
            { reading: count },
            { reading: count },
            { state: random.pick(states) },
            { note: `ada ${count}` },
          ])
    if (expected === 'applied') reckoning.site(id, () => change)
    return { receipt: client.collections.sites.update(id, change), expected }
  }

  const kinds: readonly (readonly [number, (device: Device) => Edit | undefined])[] = [
    [600, (device) => update(device, random.pick(places.hot))],
    [110, (device) => update(device, random.pick(places.spread))],
    [20, (device) => (own.length === 0 ? undefined : update(device, random.pick(own)))],
    [20, (device) => update(device, random.pick(places.gone), 'gone')],
    [
      20,
      (device) => {
        const id = random.pick(places.disputed)
        return update(device, id, takenBack.includes(id) ? 'takenBack' : 'answered')
      },
    ],
    [10, (device) => update(device, random.pick(places.deletedLate))],
    [
      20,
      ({ client }) => {
        const id = random.pick(places.noted)
        reckoning.site(id, () => ({ note: `ada ${count}` }))
        return { receipt: client.collections.sites.update(id, { note: `ada ${count}` }), expected: 'applied' }
      },
    ],
    [
      50,
      ({ client }) => {
        const [id, by] = [random.pick(places.hot), random.between(1, 3)]
        reckoning.site(id, ({ visits }) => ({ visits: visits + by }))
        return {
          receipt: client.collections.sites.update(id, { visits: increment(by) }),
          expected: 'applied',
        }
      },
    ],
    [
      40,
      ({ client }) => {
        const [id, tag] = [random.pick(places.hot), `ada-${random.between(1, 4)}`]
        const adds = random.chance(0.6)
        reckoning.site(id, ({ tags }) => {
          const others = tags.filter((one) => one !== tag)
          return { tags: adds ? [...others, tag] : others }
        })
        const tags = adds ? add(tag) : remove(tag)
        return { receipt: client.collections.sites.update(id, { tags }), expected: 'applied' }
      },
    ],
    [30, (device) => ({ receipt: postpone(device, random, reckoning), expected: 'applied' })],
    [
      3,
      ({ client }) => {
        const id = toClaim.shift()
        if (id === undefined) return undefined
        const isFree = taskIds.free.includes(id)
        if (isFree) reckoning.task(id, () => ({ owner: 'ada' }))
        const receipt = client.collections.tasks.run.claim(id, { by: 'ada' })
        return { receipt, expected: isFree ? 'applied' : 'refused' }
      },
    ],
    [
      25,
      ({ client, version }) => {
        const id = `ada-${count}`
        const site = { name: `New ${count}`, state: random.pick(states) }
        begun.push(id)
        // The old app's creations are brought up; the new one knows the field.
        const urgent = version === '1.0.0' && site.state === 'broken'
        reckoning.sites.set(id, { ...newSite, ...site, urgent })
        return { receipt: client.collections.sites.create({ id, ...site }), expected: 'applied' }
      },
    ],
    [
      8,
      ({ client }) => {
        if (own.length === 0) return undefined
        const [id = ''] = own.splice(random.between(0, own.length - 1), 1)
        isUndone.add(id)
        reckoning.sites.delete(id)
        return { receipt: client.collections.sites.delete(id), expected: 'nothing' }
      },
    ],
    [
      7,
      ({ client }) => {
        const id = toDelete.shift()
        if (id === undefined) return undefined
        reckoning.sites.delete(id)
        return { receipt: client.collections.sites.delete(id), expected: 'applied' }
      },
    ],
    [
      20,
      ({ client }) => ({
        receipt: client.collections.flags.create({ id: `here-${count}`, site: random.pick(places.hot) }),
        expected: 'expired',
      }),
    ],
    [
      20,
      ({ client }) => ({
        receipt: client.collections.analytics.create({ id: `view-${count}`, page: random.pick(places.hot) }),
        expected: 'expired',
      }),
    ],
  ]
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0)

  const draw = (device: Device): Edit => {
    let left = random.between(0, total - 1)
    for (const [weight, edit] of kinds) {
      left -= weight
      if (left < 0) return edit(device) ?? update(device, random.pick(places.hot))
    }
    return update(device, random.pick(places.hot))
  }

  const note = async ({ receipt, expected }: Edit): Promise<void> => {
    const { operationId, recordId } = await receipt
    made.push({ operationId, recordId, expected })
  }

  return {
    made,
    note,
    /** What came and went on the device ends as nothing, whatever was done to it between. */
    expected: ({ recordId, expected }: Made): Expected => (isUndone.has(recordId) ? 'nothing' : expected),
    /** Some edits, as an app makes them that does not wait for each. */
    async work(device: Device, edits: number): Promise<void> {
      const all: Promise<void>[] = []
      for (let made = 0; made < edits; made += 1) {
        count += 1
        all.push(note(draw(device)))
      }
      await Promise.all(all)
      own.push(...begun.splice(0))
    },
  }
}

export type Ada = ReturnType<typeof startAda>

/** The two versions of the app say the same in two ways. */
export const postpone = (device: Device, random: SeededRandom, reckoning: Reckoning): Receipt => {
  const [id, days] = [random.pick(taskIds.shared), random.between(1, 3)]
  reckoning.task(id, ({ day }) => ({ day: day + days }))
  return device.version === '1.0.0'
    ? device.client.collections.tasks.run.postpone(id, { days })
    : device.client.collections.tasks.run.postpone(id, { hours: days * 24 })
}
