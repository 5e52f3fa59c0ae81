import type { Device } from './device.ts'
import { places, taskIds } from './places.ts'

interface Site {
  readonly name: string
  readonly state: string
  readonly reading: number
  readonly note: string
  readonly visits: number
  readonly tags: readonly string[]
  readonly urgent: boolean
}

interface Task {
  readonly day: number
  readonly owner: string
}

/** What has to be there in the end, by plain arithmetic over what everybody did: nothing of the product reckons here. */
export interface Reckoning {
  readonly sites: Map<string, Site>
  readonly tasks: Map<string, Task>
  readonly site: (id: string, change: (site: Site) => Partial<Site>) => void
  readonly task: (id: string, change: (task: Task) => Partial<Task>) => void
  /** Others changed a field of a record, or deleted it. */
  readonly byOthers: (id: string, field: string) => void
  /** True where a field was changed by others, or its record deleted. */
  readonly isMet: (id: string, field: string) => boolean
  /** The state of a site, as the server gets to know it. */
  readonly knows: (id: string, state: string) => void
  /** The server's app is a new one: what is broken there is urgent from now on. */
  readonly upgrade: () => void
}

export const newSite: Site = {
  name: '',
  state: 'unseen',
  reading: 0,
  note: '',
  visits: 0,
  tags: [],
  urgent: false,
}

export const startReckoning = (): Reckoning => {
  const sites = new Map<string, Site>()
  const tasks = new Map<string, Task>()
  const known = new Map<string, string>()
  const met = new Set<string>()
  const site: Reckoning['site'] = (id, change) => {
    const before = sites.get(id)
    if (before !== undefined) sites.set(id, { ...before, ...change(before) })
  }
  return {
    sites,
    tasks,
    site,
    task(id, change) {
      const task = tasks.get(id)
      if (task !== undefined) tasks.set(id, { ...task, ...change(task) })
    },
    byOthers: (id, field) => void met.add(`${id} ${field}`),
    isMet: (id, field) => met.has(`${id} ${field}`) || met.has(`${id} $deleted`),
    knows: (id, state) => void known.set(id, state),
    upgrade() {
      for (const [id, state] of known) site(id, () => ({ urgent: state === 'broken' }))
    },
  }
}

/** The sites and tasks that Ada leaves with. */
export const prepare = async ({ client }: Device, { sites, tasks, knows }: Reckoning): Promise<void> => {
  const all: Promise<unknown>[] = []
  for (const [index, id] of places.all.entries()) {
    const site = {
      name: `Site ${index}`,
      state: index % 7 === 0 && !places.disputed.includes(id) ? 'broken' : 'unseen',
    }
    all.push(client.collections.sites.create({ id, ...site }))
    sites.set(id, { ...newSite, ...site })
    knows(id, site.state)
  }
  for (const [index, id] of taskIds.all.entries()) {
    all.push(client.collections.tasks.create({ id, day: index }))
    tasks.set(id, { day: index, owner: '' })
  }
  await Promise.all(all)
}

export const asText = (records: readonly { readonly id: string }[]): string =>
  records
    .map((record) => {
      const entries = Object.entries(record).map(([field, value]: [string, unknown]) => [
        field,
        Array.isArray(value) ? value.map(String).toSorted() : value,
      ])
      return JSON.stringify(entries.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1)))
    })
    .toSorted()
    .join('\n')

/** As the records of a device, in one text. */
export const reckoned = ({ sites, tasks }: Reckoning): string =>
  [
    asText([...sites].map(([id, site]) => ({ id, ...site }))),
    asText([...tasks].map(([id, task]) => ({ id, ...task }))),
  ].join('\n')
