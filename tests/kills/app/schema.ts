import { collection, defineSchema, manual, operation, type ConflictStrategy } from '@holdfast/core'
import { z } from 'zod'

const page = z.object({ id: z.string(), title: z.string(), marks: z.array(z.string()) })

/** What arrives last stays; `mark` has run on the server's list already, so no mark of anybody is lost. */
const lastToArrive: ConflictStrategy = { name: 'lastToArrive', resolve: () => ({ take: 'local' }) }

/** `mark` leaves a trace of itself: how often it took effect, and in which order, can be read from the record. */
const mark = operation({
  input: z.object({ mark: z.string() }),
  apply: (record: z.output<typeof page>, input) => ({ ...record, marks: [...record.marks, input.mark] }),
})

export const killsSchema = defineSchema({
  version: '1.0.0',
  collections: {
    /** Each record is written by one device: a conflict would be a fault. */
    own: collection({ fields: page, conflict: manual(), operations: { mark } }),
    /** Written by all devices. */
    shared: collection({ fields: page, conflict: lastToArrive, operations: { mark } }),
  },
})

export type KillsCollections = (typeof killsSchema)['collections']

export const killsScope = 'team-1'
