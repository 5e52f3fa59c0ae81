import { hasCode } from '@holdfast/core'
import type { Actors } from './actors.ts'
import type { Client } from './schema.ts'
import type { Tab } from './tab.ts'

const expected = ['STORAGE_FULL', 'STORAGE_FAILED', 'STORAGE_LOCKED', 'CLOSED'] as const

const unexpected = ({ sim }: Actors, error: unknown): void => {
  if (expected.some((code) => hasCode(error, code))) return
  sim.guard(() => {
    throw error
  })
}

/** The app wants one scope more. */
export const joinOne = async (actors: Actors, client: Client): Promise<void> => {
  const { sim, random } = actors
  const joined = client.scopes.list()
  const others = sim.scopes.filter((scope) => !joined.includes(scope))
  if (others.length === 0) return
  try {
    await client.scopes.join(random.pick(others))
    sim.counters.add('scope joined')
  } catch (error) {
    unexpected(actors, error)
  }
}

/** The app has had enough of a scope; now and then it drops what is unfinished there. */
export const leaveOne = async (actors: Actors, tab: Tab): Promise<void> => {
  const { random } = actors
  const joined = tab.client()?.scopes.list() ?? []
  // The last one is seldom left.
  if (joined.length < (random.chance(0.1) ? 1 : 2)) return
  await leave(actors, tab, { scope: random.pick(joined), discard: random.chance(0.5) })
}

interface Leave {
  readonly scope: string
  readonly discard: boolean
}

export const leave = async (actors: Actors, { device, client }: Tab, how: Leave): Promise<void> => {
  const { sim } = actors
  const { scope, discard } = how
  if (discard) device.allowDiscard(scope)
  try {
    await client()?.scopes.leave(scope, { discard })
    sim.counters.add('scope left')
  } catch (error) {
    if (hasCode(error, 'SCOPE_IN_USE')) sim.counters.add('leaving refused')
    else unexpected(actors, error)
  }
}
