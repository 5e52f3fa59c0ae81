import type { Place } from '@holdfast/core/protocol'
import type { Batch } from './batch.ts'

/** Where something of this batch would take its place. */
export const placeIn = ({ schema, now, facts }: Batch, seq: number): Place => ({
  seq,
  now,
  schemaVersion: schema.version,
  firstVersion: firstVersionIn(facts),
})

/** A record raises its version at most as often as its scope raises the head: what was forgotten had lower ones. */
export const firstVersionIn = ({ prunedTo }: { readonly prunedTo: number }): number => prunedTo + 1
