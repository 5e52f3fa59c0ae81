import type { Candidate, Decision, ServerRow, WireOperation } from '@holdfast/core/protocol'
import type { Batch, Gate } from './batch.ts'
import type { Spot } from './decision.ts'
import { createFurtherRecords } from './further-records.ts'
import { liveData } from './live-data.ts'
import { placeIn } from './place.ts'

interface Asking {
  readonly batch: Batch
  readonly gate: Pick<Gate, 'permit'>
  readonly operation: WireOperation
  readonly candidate: Candidate
  readonly spot: Spot
  readonly decision: Extract<Decision, { readonly kind: 'write' }>
}

/**
 * Asks the app and the plugins about what an operation would do.
 * @returns the rows of records that plugins changed with it, in the feed behind the operation's own
 * @throws whatever refuses the operation or makes it wait
 */
export const askHooks = async (asking: Asking): Promise<readonly ServerRow[]> => {
  const { batch, gate, operation, candidate, spot, decision } = asking
  const { schema, now } = batch
  const place = placeIn(batch, decision.row.seq + 1)
  const own = { collection: candidate.collection, id: candidate.recordId }
  const work = createFurtherRecords({ schema, candidate, own, place, find: spot.find })
  const { settled } = decision
  const [before, after] = [liveData(spot.row), liveData(decision.row)]
  await gate.permit({ operation, before, after, now, settled, records: work.records })
  return work.finish().map(({ row }) => row)
}
