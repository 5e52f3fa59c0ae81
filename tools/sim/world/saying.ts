import { findOperation } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import { namedIn, partsOf } from '../model/typed.ts'
import { renamed } from '../model/values.ts'
import type { Device } from './device.ts'
import type { Planned } from './planned.ts'
import type { CollectionName } from './schema.ts'
import type { Sim } from './sim.ts'

type Patch = Readonly<Record<string, unknown>>

/** As much of a collection as is listened to. */
interface Editable {
  readonly update: (id: string, patch: Patch) => unknown
}

/** What a change by a type's own word carries. */
const amountOf = (wish: unknown): number | undefined => {
  const { fieldType, input } = (wish ?? {}) as { readonly fieldType?: string; readonly input?: unknown }
  return fieldType === 'counter' && typeof input === 'number' ? input : undefined
}

/** What an app gave an edit is what the operation says: no other field, and no other amount. */
export const saying =
  (
    { guard }: Pick<Sim, 'guard'>,
    { mirror }: Device,
    collection: CollectionName,
    run: Planned['run'],
  ): Planned['run'] =>
  async (collections) => {
    let given: Patch | undefined
    const own: Editable = collections[collection]
    const update = (id: string, patch: Patch): unknown => {
      given = patch
      return own.update(id, patch)
    }
    const receipt = await run({ ...collections, [collection]: { ...own, update } })
    const patch: Patch | undefined = given
    const stored = findOperation(mirror, receipt.operationId)
    if (patch === undefined || stored === undefined) return receipt
    guard(() => {
      const asked = new Set(Object.keys(patch).map(renamed))
      const extra = namedIn(stored.payload).find((field) => !asked.has(field))
      must(extra === undefined, 'conserved', () => `${stored.id} changes ${extra}, which nobody asked for`)
      const { deltas } = partsOf(stored.payload)
      for (const [field, wish] of Object.entries(patch)) {
        const amount = amountOf(wish)
        const isAsked = amount === undefined || amount === 0 || deltas[field] === amount
        must(isAsked, 'conserved', () => `${stored.id} adds ${JSON.stringify(deltas[field])}, not ${amount}`)
      }
    })
    return receipt
  }
