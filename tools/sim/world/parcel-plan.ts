import type { AppVersion } from './parcel-schema.ts'
import type { Planned } from './planned.ts'
import type { VariedSketch } from './varied-plan.ts'

type Patch = Readonly<Record<string, unknown>>

/** As much of the collection as both versions of the app have. */
interface Parcels {
  readonly create: (record: Patch) => ReturnType<Planned['run']>
  readonly update: (id: string, patch: Patch) => ReturnType<Planned['run']>
  readonly delete: (id: string) => ReturnType<Planned['run']>
  readonly run: { readonly extend: (id: string, input: Patch) => ReturnType<Planned['run']> }
}

/** A write of an app of one version or the other. */
export const planParcel = (
  version: AppVersion,
  { id, said, random, creates, number, removes }: VariedSketch,
): Planned['run'] => {
  const amount = version === 'old' ? { minutes: number } : { seconds: number * 7 }
  const write = ((): ((parcels: Parcels) => ReturnType<Planned['run']>) => {
    if (creates) return (parcels) => parcels.create({ id, caption: said, ...amount })
    if (removes) return (parcels) => parcels.delete(id)
    return random.pick<(parcels: Parcels) => ReturnType<Planned['run']>>([
      (parcels) => parcels.update(id, { caption: said }),
      (parcels) => parcels.update(id, amount),
      (parcels) => parcels.update(id, { caption: said, ...amount }),
      (parcels) => parcels.run.extend(id, amount),
    ])
  })()
  // What the app of before calls its fields the types of today do not know.
  return (collections) => write(collections.parcels as unknown as Parcels)
}
