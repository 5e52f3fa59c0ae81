import type { SeededRandom } from '@holdfast/core/testing'
import { sharedIds } from './schema.ts'

/** One write of a device. */
export type Write =
  | { readonly kind: 'create'; readonly id: string; readonly place: string; readonly text: string }
  | {
      readonly kind: 'edit'
      readonly id: string
      readonly field: 'title' | 'text'
      readonly value: string
    }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'count'; readonly id: string; readonly by: number }
  | { readonly kind: 'take'; readonly id: string; readonly amount: number }

/** Writes that belong together are one transaction. */
export interface Step {
  readonly together: boolean
  readonly writes: readonly Write[]
}

export interface PlanOptions {
  readonly device: string
  readonly scopes: readonly string[]
  /** The notes that anybody has made in a scope, in this process's memory. */
  readonly made: (scope: string) => string[]
  readonly random: SeededRandom
}

/** Thinks of one step after the other: writes of its own notes and of shared records, alone or together. */
export const createPlan = ({ device, scopes, made, random }: PlanOptions): (() => Step) => {
  const own = new Map<string, string[]>(scopes.map((scope) => [scope, []]))
  let number = 0

  const writeIn = (place: string): Write => {
    number += 1
    const notes = own.get(place) ?? []
    const kind = random.weighted({
      create: 4,
      own: notes.length > 0 ? 4 : 0,
      any: 2,
      shared: 2,
      count: 8,
      take: 2,
      delete: notes.length > 3 ? 2 : 0,
    })
    const field = random.chance(0.6) ? 'title' : 'text'
    const value = `${number} of ${device}`
    switch (kind) {
      case 'count':
        return { kind, id: random.pick(sharedIds('counters', place)), by: random.between(1, 9) }
      case 'take':
        return { kind, id: random.pick(sharedIds('stocks', place)), amount: random.between(1, 3) }
      case 'shared':
        return { kind: 'edit', id: random.pick(sharedIds('notes', place)), field, value }
      case 'delete': {
        const [id = ''] = notes.splice(random.between(0, notes.length - 1), 1)
        return { kind, id }
      }
      case 'own':
        return { kind: 'edit', id: random.pick(notes), field, value }
      case 'any':
        return { kind: 'edit', id: random.pick([...sharedIds('notes', place), ...made(place)]), field, value }
      case 'create': {
        const id = `${place}-${device}-${number}`
        notes.push(id)
        made(place).push(id)
        return { kind: 'create', id, place, text: value }
      }
    }
  }

  return () => {
    const together = random.chance(0.2)
    const place = random.pick(scopes)
    const count = together ? random.between(2, 5) : random.between(1, 3)
    return { together, writes: Array.from({ length: count }, () => writeIn(place)) }
  }
}
