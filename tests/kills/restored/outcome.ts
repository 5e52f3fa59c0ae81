import type { SyncState } from '@holdfast/core'
import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import type { Ledger } from '../checks/ledger.ts'
import { readServer } from '../checks/server.ts'

/** A device in the end, and what it says of itself. */
export interface Ended {
  readonly ledger: Ledger
  readonly state: SyncState
}

export interface Outcome {
  /** Operations that took effect on the server, each once. */
  readonly applied: number
  /** Operations that are not on the server, and are kept by a device that says that it needs help. */
  readonly kept: number
  readonly violations: readonly string[]
}

/**
 * Where a device may end that noticed. Today it stops, with everything kept, and tells the app why; once a device
 * recovers by itself this becomes `synced` alone, and every operation has to be on the server.
 */
const ends: readonly SyncState['status'][] = ['blocked', 'synced']

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
    { everyNumberIsKnown: false },
  )
  const violations = [...ledgers.flatMap((ledger) => ledger.violations), ...server.violations]
  const missing = new Set(server.missing)
  const kept = new Set<string>()
  for (const { ledger, state } of devices) {
    if (!ends.includes(state.status)) violations.push(`${ledger.device} ended as ${state.status}`)
    const listed = (ledger.lastFound()?.operations ?? []).filter(({ id }) => missing.has(id))
    if (state.status === 'blocked') for (const { id } of listed) kept.add(id)
    else for (const { id, fate } of listed) if (fate === 'rejected' || fate === 'aborted') kept.add(id)
  }
  for (const id of missing) if (!kept.has(id)) violations.push(`operation ${id} is lost`)
  return { applied: server.applied.size, kept: kept.size, violations }
}
