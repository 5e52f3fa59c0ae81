import { add, increment } from '@holdfast/core'
import type { Client } from './open-client.ts'

const days = 21
const words = ['railing', 'gutter', 'hinge', 'paint', 'bolt', 'wiring', 'sign', 'drain']
const tags = ['urgent', 'recheck', 'photo', 'parts', 'weather']

const pick = <TValue>(values: readonly TValue[], at: number): TValue | undefined => values[at % values.length]

/** As many edits as three weeks in the field bring: each day two new notes, and changes to older ones. Resolves to how many. */
export const writeThreeWeeks = async ({ collections: { sites, notes } }: Client): Promise<number> => {
  const places = await sites.find({ orderBy: { id: 'asc' } })
  let written = 0
  for (let day = 1; day <= days; day += 1) {
    const older = await notes.find({ where: { status: 'open' }, orderBy: { id: 'asc' }, limit: 12 })
    const changes = older.map(({ id }, index) =>
      notes.update(id, {
        findings: increment(1 + (index % 3)),
        tags: add(pick(tags, day + index) ?? 'urgent'),
      }),
    )
    const made = [0, 1].flatMap((turn) => {
      const place = pick(places, day + turn)
      if (place === undefined) return []
      const text = `Day ${day}: ${pick(words, day * 2 + turn) ?? 'all'} needs a look.`
      return [notes.create({ siteId: place.id, text, writtenAt: Date.now() })]
    })
    written += (await Promise.all([...changes, ...made])).length
  }
  return written
}
