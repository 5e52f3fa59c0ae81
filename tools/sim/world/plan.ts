import type { Planned, Sketch } from './planned.ts'
import type { CollectionName } from './schema.ts'
import { planParcel } from './parcel-plan.ts'
import { planMortal } from './mortal-plan.ts'
import { idIn, scopeOfId } from './scopes.ts'
import { planVaried } from './varied-plan.ts'

/** A write of the collection, drawn at random. */
export const planIn = (
  collection: CollectionName,
  { id, scope, text, said, random, creates, version }: Sketch,
): Planned['run'] => {
  const number = random.between(1, 9)
  const removes = !creates && random.chance(0.12)
  switch (collection) {
    case 'tasks':
      if (creates) return ({ tasks }) => tasks.create({ id, title: said, priority: number })
      if (removes) return ({ tasks }) => tasks.delete(id)
      return random.pick<Planned['run']>([
        ({ tasks }) => tasks.update(id, { title: said }),
        ({ tasks }) => tasks.update(id, { priority: number, note: said }),
        ({ tasks }) => tasks.update(id, { done: random.chance(0.5), priority: number }),
        ({ tasks }) => tasks.run.vote(id, { by: number }),
        ({ tasks }) => tasks.run.finish(id, { note: said }),
      ])
    case 'logs':
      if (creates) return ({ logs }) => logs.create({ id, text: `${text};`, mark: said })
      if (removes) return ({ logs }) => logs.delete(id)
      return random.pick<Planned['run']>([
        ({ logs }) => logs.run.append(id, { token: said.repeat(number) }),
        ({ logs }) => logs.run.append(id, { token: said }),
        ({ logs }) => logs.update(id, { text, mark: said }),
      ])
    case 'prices':
      if (creates) return ({ prices }) => prices.create({ id, amount: number, label: said })
      if (removes) return ({ prices }) => prices.delete(id)
      return ({ prices }) => prices.update(id, { amount: number, label: said })
    case 'pages':
      if (creates) return ({ pages }) => pages.create({ id, heading: text, body: said })
      if (removes) return ({ pages }) => pages.delete(id)
      return ({ pages }) => pages.update(id, random.chance(0.5) ? { heading: said } : { body: said })
    case 'solos':
      if (creates) return ({ solos }) => solos.create({ id, label: text })
      if (random.chance(0.3)) return ({ solos }) => solos.update(id, { label: text })
      return ({ solos }) => solos.run.add(id, { by: number })
    case 'cards':
      if (creates) return ({ cards }) => cards.create({ id, team: scope, title: said, rank: number })
      if (removes) return ({ cards }) => cards.delete(id)
      return ({ cards }) => cards.update(id, random.chance(0.5) ? { title: said } : { rank: number })
    case 'notes': {
      const task = idIn(scopeOfId(id), `tasks-${number % 4}`)
      if (creates) return ({ notes }) => notes.create({ id, text: said, task })
      if (removes) return ({ notes }) => notes.delete(id)
      return ({ notes }) => notes.update(id, random.chance(0.5) ? { text: said } : { task })
    }
    case 'forms':
      if (creates) return ({ forms }) => forms.create({ id, team: scope, title: said, body: text })
      if (removes) return ({ forms }) => forms.delete(id)
      return ({ forms }) => forms.update(id, random.chance(0.5) ? { title: said } : { body: said })
    case 'parcels':
      return planParcel(version, { id, text, said, random, creates, number, removes })
    case 'signals':
    case 'views':
    case 'flashes':
      return planMortal(collection, { id, text, said, random, creates, number, removes })
    default:
      return planVaried(collection, { id, text, said, random, creates, number, removes })
  }
}
