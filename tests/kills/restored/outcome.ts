import type { Fate, SyncState } from '@holdfast/core'
import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import type { Ledger } from '../checks/ledger.ts'
import { difference } from '../checks/rows.ts'
import { readServer } from '../checks/server.ts'

/** A device in the end, and what it says of itself. */
export interface Ended {
  readonly ledger: Ledger
  readonly state: SyncState
}

export interface Outcome {
  /** Operations that took effect on the server, each once. */
  readonly applied: number
  /** Operations that did not take effect, and are kept by a device that says so. */
  readonly kept: number
  readonly violations: readonly string[]
}

/**
 * Where a device may end that noticed. Today it stops, with everything kept, and tells the app why; once a device
 * recovers by itself this becomes `synced` alone, and every operation has to be on the server.
 */
const ends: readonly SyncState['status'][] = ['synced']

/** Fates of operations that were not applied, and that a person is told of. A copy may meet the other one's edits. */
const saysSo: ReadonlySet<Fate['kind']> = new Set(['conflict', 'rejected', 'aborted'])

/**
 * Every operation is on the server exactly once, or still listed on a device that says why it is not.
 * @param gone devices that are no more: what they had is on the server, or was only theirs
 */
export const readOutcome = async (
  { prisma }: Pick<TestDatabase, 'prisma'>,
  devices: readonly Ended[],
  gone: readonly Ledger[] = [],
): Promise<Outcome> => {
  const ledgers = [...devices.map(({ ledger }) => ledger), ...gone]
  const server = await readServer(
    prisma,
    ledgers.map((ledger) => ledger.writesById()),
    { mayRefuse: true },
  )
  const violations = [...ledgers.flatMap((ledger) => ledger.violations), ...server.violations]
  const missing = new Set(server.missing)
  const kept = new Set<string>()
  for (const { ledger, state } of devices) {
    // A device that stopped, or that waits for a person, shows what it has itself.
    const isLikeServer = state.status === 'synced' && state.conflicts === 0
    const names = [`shown by ${ledger.device}`, 'in the table'] as const
    if (isLikeServer) violations.push(...difference(ledger.lastShown(), server.records, names))
    if (!ends.includes(state.status)) violations.push(`${ledger.device} ended as ${state.status}`)
    const listed = (ledger.lastFound()?.operations ?? []).filter(({ id }) => missing.has(id))
    for (const { id, fate } of listed) if (state.status === 'blocked' || saysSo.has(fate)) kept.add(id)
  }
  for (const id of missing) if (!kept.has(id)) violations.push(`operation ${id} is lost`)
  return { applied: server.applied.size, kept: kept.size, violations }
}
