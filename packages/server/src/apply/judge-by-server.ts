import { collectionOf, decideByServer, openServerHalf, type WireOperation } from '@holdfast/core/protocol'
import { recordKey } from '../store/record-key.ts'
import { askHooks } from './ask-hooks.ts'
import type { Batch, Gate } from './batch.ts'
import { candidateOf } from './candidate.ts'
import { createFurtherRecords, type FurtherChange } from './further-records.ts'
import type { ServerDecision, Spot } from './decision.ts'
import { liveData } from './live-data.ts'
import { placeIn } from './place.ts'
import type { ServerHalf } from './server-half.ts'

interface Judged {
  readonly operation: WireOperation
  readonly half: ServerHalf
  readonly spot: Spot
}

/**
 * The operation's server half decides, on the newest row; then whoever else has a say, about each record that it changed.
 * Its changes are stamped with the server's time: that is when their values were made.
 */
export const judgeByServer = async (
  batch: Batch,
  gate: Gate,
  { operation, half, spot }: Judged,
): Promise<ServerDecision> => {
  const { schema, now } = batch
  const definition = collectionOf(schema, operation.collection)
  const candidate = { ...candidateOf(batch, operation), timestamp: now }
  const place = placeIn(batch, spot.seq)
  const { row, record, input } = openServerHalf(definition, spot.row, candidate)

  const own = { collection: candidate.collection, id: candidate.recordId }
  const work = createFurtherRecords({ schema, candidate, own, place, find: spot.find })
  const result = await half.run({ operation, record, input, records: work.records })
  const further = work.finish()

  const after = { ...place, seq: place.seq + further.length }
  const decision = decideByServer(definition, row, candidate, { place: after, result })
  const byHooks = await askHooks({
    batch,
    gate,
    candidate,
    operation,
    decision,
    spot: onTopOf(spot, further),
  })
  for (const { collection, before, row: changed } of further) {
    await gate.permitFurther(collection, { operation, before: liveData(before), after: liveData(changed) })
  }
  return { ...decision, further: [...further.map((change) => change.row), ...byHooks] }
}

/** Hooks see what the half did to further records. */
const onTopOf = (spot: Spot, further: readonly FurtherChange[]): Spot => {
  const changed = new Map(further.map((change) => [recordKey(change.row), change.row]))
  return { ...spot, find: async (address) => changed.get(recordKey(address)) ?? (await spot.find(address)) }
}
