import { add, increment } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import { postpone } from './edits.ts'
import type { Device } from './device.ts'
import { places, taskIds } from './places.ts'
import { newSite, type Reckoning } from './reckoning.ts'

/** On which days what is deleted and claimed. */
const deletions: Readonly<Record<number, readonly string[]>> = {
  3: places.gone.slice(0, 10),
  4: places.deletedByOthers,
  5: places.gone.slice(10),
  17: places.deletedLate,
}

/** One day of somebody who is online. They take turns with what has to be done once. */
export const spendDay = async (
  device: Device,
  {
    today,
    isTurn,
    random,
    reckoning,
  }: {
    readonly today: number
    readonly isTurn: boolean
    readonly random: SeededRandom
    readonly reckoning: Reckoning
  },
): Promise<void> => {
  const { user, client } = device
  const { sites, tasks } = client.collections
  for (let count = 0; count < 4; count += 1) {
    const [id, tag] = [random.pick(places.hot), `${user}-${random.between(1, 3)}`]
    reckoning.site(id, ({ visits, tags }) => ({
      visits: visits + 1,
      tags: [...tags.filter((one) => one !== tag), tag],
    }))
    await sites.update(id, { visits: increment(1), tags: add(tag) })
  }
  for (const id of [random.pick(places.noted), random.pick(places.noted), random.pick(places.hot)]) {
    reckoning.site(id, () => ({ note: `${user} ${today}` }))
    reckoning.byOthers(id, 'note')
    await sites.update(id, { note: `${user} ${today}` })
  }
  const reading = today * 100
  for (let count = 0; count < 3; count += 1) {
    const id = random.pick(places.others)
    reckoning.site(id, () => ({ reading }))
    await sites.update(id, { reading })
  }
  const id = `${user}-${today}`
  reckoning.sites.set(id, { ...newSite, name: id })
  await sites.create({ id, name: id })
  await postpone(device, random, reckoning)
  if (!isTurn) return

  for (const gone of deletions[today] ?? []) {
    // What Ada changes meanwhile comes back: her edits win over a deletion that had not seen them.
    if (!places.deletedLate.includes(gone)) reckoning.sites.delete(gone)
    reckoning.byOthers(gone, '$deleted')
    await sites.delete(gone)
  }
  for (const [index, disputed] of places.disputed.entries()) {
    if (index % 19 !== today - 1) continue
    const state = index % 3 === 0 ? 'broken' : 'closed'
    reckoning.site(disputed, () => ({ state }))
    reckoning.knows(disputed, state)
    reckoning.byOthers(disputed, 'state')
    await sites.update(disputed, { state })
  }
  for (const [index, taken] of taskIds.taken.entries()) {
    if (index + 6 !== today) continue
    reckoning.task(taken, () => ({ owner: user }))
    reckoning.byOthers(taken, 'owner')
    await tasks.run.claim(taken, { by: user })
  }
}
