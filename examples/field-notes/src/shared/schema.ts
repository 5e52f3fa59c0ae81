import { collection, counter, defineSchema, fieldMerge, orSet, type RecordOf } from '@holdfast/core'
import * as z from 'zod/mini'

export const statuses = ['open', 'checked', 'approved'] as const
export type Status = (typeof statuses)[number]

const conflict = fieldMerge({ onOverlap: 'ask' })

/** Shared by the devices and the server. Findings and tags merge by themselves; of all else a person is asked. */
export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    sites: collection({
      fields: z.object({
        id: z.string(),
        name: z.string().check(z.minLength(1)),
        address: z._default(z.string(), ''),
      }),
      conflict,
    }),
    notes: collection({
      fields: z.object({
        id: z.string(),
        siteId: z.string(),
        text: z.string().check(z.minLength(1)),
        findings: counter(),
        tags: orSet(z.string()),
        status: z._default(z.enum(statuses), 'open'),
        assignee: z._default(z.string(), ''),
        writtenAt: z._default(z.number(), 0),
      }),
      references: { siteId: 'sites' },
      conflict,
    }),
  },
})

export type Collections = (typeof schema)['collections']
export type Site = RecordOf<Collections['sites']>
export type Note = RecordOf<Collections['notes']>
