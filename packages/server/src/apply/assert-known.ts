import { SyncError } from '@holdfast/core'
import { isNewerMajor, isNewerVersion, type ServerRow, type WireOperation } from '@holdfast/core/protocol'
import type { ServerDecision } from './decision.ts'

/**
 * This server is the older one: what a newer major version wrote, operation or record, it can't judge.
 * @throws SyncError SERVER_OLDER
 */
export const assertKnown = (
  { opVersion, type }: WireOperation,
  row: ServerRow | undefined,
  own: string,
): void => {
  const newer = [opVersion, row?.schemaVersion].find(
    (version) => version !== undefined && isNewerMajor(version, own),
  )
  if (newer === undefined) return
  throw new SyncError('SERVER_OLDER', `Schema ${newer} is not known here yet; the server has ${own}.`, {
    type,
  })
}

/** A question would show its author a record in the older shape: a newer server may ask it, or may not have to. */
export const unasked = (
  { opVersion }: WireOperation,
  decision: ServerDecision,
  own: string,
): ServerDecision => {
  if (decision.kind !== 'refuse' || !isNewerVersion(opVersion, own)) return decision
  const { kind } = decision.verdict
  if (kind !== 'conflict' && kind !== 'rebase') return decision
  const message = `Schema ${opVersion} wrote this operation; a server of that version decides about it.`
  return { kind: 'wait', code: 'SERVER_OLDER', message }
}
