import { heavy, type MortalName } from './mortal-schema.ts'
import type { Planned } from './planned.ts'
import type { VariedSketch } from './varied-plan.ts'

/** A write of which the operation does not live for ever. */
export const planMortal = (
  collection: MortalName,
  { id, said, random, creates, number, removes }: VariedSketch,
): Planned['run'] => {
  const weight = random.chance(0.3) ? heavy : number % heavy
  switch (collection) {
    case 'signals':
      if (creates) return ({ signals }) => signals.create({ id, text: said, weight })
      if (removes) return ({ signals }) => signals.delete(id)
      return random.pick<Planned['run']>([
        ({ signals }) => signals.update(id, { text: said }),
        ({ signals }) => signals.update(id, { text: said, weight }),
        ({ signals }) => signals.update(id, { weight }),
        ({ signals }) => signals.run.beat(id, { by: number }),
      ])
    case 'flashes':
      if (creates) return ({ flashes }) => flashes.create({ id, text: said })
      if (removes) return ({ flashes }) => flashes.delete(id)
      return ({ flashes }) => flashes.update(id, { text: said })
    case 'views':
      if (creates) return ({ views }) => views.create({ id, text: said })
      if (removes) return ({ views }) => views.delete(id)
      return ({ views }) => views.update(id, { text: said })
  }
}
