import { hasCode } from '@holdfast/core'
import type { DeviceMirror } from '../checks/mirror.ts'
import { broken } from '../checks/violation.ts'
import type { Client } from './schema.ts'
import type { Sim } from './sim.ts'

interface Asked {
  readonly device: { readonly mirror: DeviceMirror }
  readonly client: () => Pick<Client, 'confirm' | 'state'> | undefined
  readonly requests: { readonly onAsked: () => void }
}

/** A user has seen what waits, and says that it may go. */
export const consent = async ({ counters, guard, swarm }: Sim, tab: Asked): Promise<void> => {
  const client = tab.client()
  if (client === undefined) return
  tab.requests.onAsked()
  tab.device.mirror.consents += 1
  if (client.state.status === 'attention') counters.add('user consented')
  try {
    await client.confirm()
    // What was foreseen meanwhile is meant as well.
    tab.device.mirror.consents += 1
  } catch (error) {
    const expected = ['STORAGE_FULL', 'STORAGE_FAILED', 'STORAGE_LOCKED', 'CLOSED'] as const
    if (expected.some((code) => hasCode(error, code))) return
    // A newer app has taken over what this tab would change.
    if (swarm.upgrades && hasCode(error, 'UPGRADE_REQUIRED')) return
    guard(() => broken('no crash of our own', `a consent failed: ${String(error)}`))
  }
}
