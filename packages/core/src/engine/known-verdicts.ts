import type { Batch } from '../oplog/batch/open-batch.ts'
import { maxResumeIds } from '../protocol/resume.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { patiently } from './patiently.ts'

/**
 * A backup that was restored makes operations anew under their ids. Where the server has applied one, as its own device or
 * as another one sent it, it is applied, and nobody's dead letter, which could be made again: it is asked for. What others
 * were folded into here is more than that.
 * @throws SyncError what the transport rejects with
 */
export const withKnown = async (
  { transport, scope, pause }: Pick<CycleContext, 'transport' | 'scope' | 'pause'>,
  { operations, meta }: Pick<Batch, 'operations' | 'meta'>,
  verdicts: Map<string, Verdict>,
  signal: AbortSignal,
): Promise<Map<string, Verdict>> => {
  const other = operations.filter(({ id, isFolded }) => isFolded !== true && isOther(verdicts.get(id)))
  const known = new Map(verdicts)
  for (let start = 0; start < other.length; start += maxResumeIds) {
    const ids = other.slice(start, start + maxResumeIds).map(({ id }) => id)
    const asked = { protocol: protocolVersion, clientId: meta.clientId, scope, ids }
    const answer = await patiently({ pause }, signal, () => transport.resume(asked, { signal }))
    signal.throwIfAborted()
    for (const { id, verdict } of answer.verdicts)
      if (verdict?.kind === 'applied' || verdict?.kind === 'merged') known.set(id, verdict)
  }
  return known
}

const isOther = (verdict: Verdict | undefined): boolean =>
  verdict?.kind === 'rejected' && verdict.code === 'PAYLOAD_MISMATCH'
