import { SyncError, collection, defineSchema, fieldMerge, type Transport } from '@holdfast/core'
import { z } from 'zod'

export const benchSchema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().min(1),
        text: z.string().default(''),
        done: z.boolean().default(false),
      }),
      conflict: fieldMerge(),
    }),
  },
})

const refuse = () =>
  Promise.reject(new SyncError('NETWORK_UNREACHABLE', 'There is no network in this benchmark.', {}))

export const unreachable: Transport = {
  push: refuse,
  pull: refuse,
  preflight: refuse,
  snapshot: refuse,
  resume: refuse,
}
