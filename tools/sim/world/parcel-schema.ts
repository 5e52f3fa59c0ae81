import { collection, fieldMerge, operation, type Portable } from '@holdfast/core'
import type { MigrationStep } from '@holdfast/plugins/migrations'
import { z } from 'zod'
import { scopeOfId } from './scopes.ts'

const scope = ({ id }: { readonly id: string }): string => scopeOfId(id)
const conflict = fieldMerge({ onOverlap: 'ask' })

/** Which version of the app somebody runs. */
export type AppVersion = 'old' | 'new'

export const versionOf = { old: '1.0.0', new: '2.0.0' } as const

const newParcel = z.object({
  id: z.string(),
  caption: z.string(),
  seconds: z.number(),
  urgent: z.boolean().default(false),
})

/** As the newest app has it. */
export const parcels = collection({
  scope,
  fields: newParcel,
  conflict,
  operations: {
    extend: operation({
      input: z.object({ seconds: z.number() }),
      apply: (record: z.output<typeof newParcel>, { seconds }) => ({
        ...record,
        seconds: record.seconds + seconds,
      }),
    }),
  },
})

const oldParcel = z.object({ id: z.string(), caption: z.string(), minutes: z.number() })

/** As the app had it before: a field had another name and counted in another unit, and one was not there. */
export const oldParcels = collection({
  scope,
  fields: oldParcel,
  conflict,
  operations: {
    extend: operation({
      input: z.object({ minutes: z.number() }),
      apply: (record: z.output<typeof oldParcel>, { minutes }) => ({
        ...record,
        minutes: record.minutes + minutes,
      }),
    }),
  },
})

type Fields = Readonly<Record<string, Portable>>

/** Twice is not the same as once. */
const inSeconds = ({ minutes, seconds, ...others }: Fields): Fields => {
  const amount = minutes ?? seconds
  return amount === undefined ? others : { ...others, seconds: Number(amount) * 60 }
}

/** Told once more in model/reshaped.ts. */
export const steps: readonly MigrationStep[] = [
  {
    from: versionOf.old,
    to: versionOf.new,
    records: {
      parcels: (parcel) => ({ urgent: false, ...inSeconds(parcel) }),
    },
    operations: {
      parcels: ({ type, payload }) => {
        if (type === 'delete') return { type, payload }
        const raised = inSeconds(payload as Fields)
        return {
          type,
          payload: type === 'create' ? { urgent: false, ...raised } : raised,
        }
      },
    },
  },
]
