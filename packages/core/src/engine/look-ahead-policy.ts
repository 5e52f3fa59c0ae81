import type { LogHead } from '../oplog/entries.ts'
import type { Risky } from '../oplog/batch/risks.ts'
import type { EntityRisk } from '../protocol/preflight.ts'

/**
 * What is done about records of one risk. `push`: nothing. `pullFirst`: what others did is shown before anything is sent.
 * `last`: that, and they go after all others. `attention`: that, and they wait until the app confirms.
 */
export type OnRisk = 'push' | 'pullFirst' | 'last' | 'attention'

export interface LookAheadPolicy {
  /** Milliseconds since the last complete pull. */
  readonly afterMs: number
  /** Operations that nobody looked ahead for. */
  readonly afterOperations: number
  readonly onRisk: {
    readonly LOW: 'push' | 'pullFirst'
    readonly MEDIUM: OnRisk
    readonly HIGH: OnRisk
  }
}

/** Nothing waits for a person: an app without a screen for it would stand still for ever. */
export const defaultLookAhead: LookAheadPolicy = {
  afterMs: 604_800_000,
  afterOperations: 1_000,
  onRisk: { LOW: 'push', MEDIUM: 'pullFirst', HIGH: 'pullFirst' },
}

interface Standing {
  readonly head: LogHead
  /** When the last complete pull was shown; undefined: never. */
  readonly pulledAt: number | undefined
  readonly now: number
  /** What is held back has its time. */
  readonly leavesHeld: boolean
}

/**
 * `absent`: the device was away for long, which the next pull makes forgotten. `older`: some of what is held back waits for a
 * server that foresees it.
 */
export const whyDue = (
  { afterMs, afterOperations }: LookAheadPolicy,
  { head, pulledAt, now, leavesHeld }: Standing,
): 'absent' | 'older' | 'long' | undefined => {
  const { upTo = 0, at = 0, due } = head.foreseen ?? {}
  if (head.pending === 0) return undefined
  // A pull without news leaves no time.
  const wasAway = pulledAt !== undefined && now - Math.max(pulledAt, at) >= afterMs
  if (due === true || wasAway) return 'absent'
  if (due === 'older' && !leavesHeld) return 'older'
  const unforeseen = Math.min(head.pending, head.nextLocalSeq - 1 - upTo)
  return unforeseen >= afterOperations ? 'long' : undefined
}

export interface Plan extends Risky {
  readonly pullsFirst: boolean
}

export const planFor = (policy: LookAheadPolicy, entities: readonly EntityRisk[]): Plan => {
  const { onRisk } = policy
  const foreseen = entities.filter(({ reason }) => reason !== 'server_older')
  const doing = (what: OnRisk): readonly EntityRisk[] => foreseen.filter(({ risk }) => onRisk[risk] === what)
  return {
    pullsFirst: entities.some(({ risk }) => onRisk[risk] !== 'push'),
    last: doing('last'),
    attention: doing('attention'),
    unforeseen: holdsAny(policy) ? entities.filter((entity) => !foreseen.includes(entity)) : [],
  }
}

const holdsAny = ({ onRisk: { MEDIUM, HIGH } }: LookAheadPolicy): boolean =>
  [MEDIUM, HIGH].some((what) => what === 'last' || what === 'attention')
