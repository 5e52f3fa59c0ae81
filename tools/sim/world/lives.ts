import type { Clock } from '@holdfast/core'
import type { CommitBatch } from '@holdfast/core/storage'
import type { AgeOf } from '../checks/lifetimes.ts'
import type { LocalOperation } from '../checks/local-entries.ts'
import { localSeqOf, mirrorOf, scopeOf, type DeviceMirror } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import type { Counters } from '../counters.ts'
import { lifetimeIn } from '../model/lifetimes.ts'

/** When operations were really made, whatever the clocks of their devices said, and who was told of their end. */
export interface Lives {
  /** The clock of a tab that starts: its monotonic one counts from then on. */
  readonly clockOf: (tab: string, clock: Clock) => Clock
  /** A tab has stored something, and the mirror has it. @throws Violation */
  readonly onCommitted: (tab: string, device: DeviceMirror, batch: CommitBatch) => void
  /** The app of a tab was told that these expired. @throws Violation */
  readonly onTold: (tab: string, device: DeviceMirror, ids: readonly string[]) => void
  /** All that expired by a tab's commits was told. Nothing may be under way. @throws Violation */
  readonly checkTold: (tab: string) => void
  readonly ageOf: AgeOf
  /** An operation leaves a device, which says how old it is. @throws Violation */
  readonly onSent: (device: DeviceMirror, id: string, age: number | undefined) => void
}

/** Between the moment in which an operation is made and its commit nothing takes longer. */
const longestCommit = 1_000

interface Time {
  readonly now: () => number
}

export const createLives = (time: Time, counters: Counters): Lives => {
  const startOfTab = new Map<string, number>()
  /** By session: the tab that it belongs to. */
  const tabOf = new Map<string, string>()
  const untold = new Map<string, Set<string>>()
  const known = new Set<string>()

  const ageOf: AgeOf = ({ life }) => {
    if (life === undefined) return 0
    const start = startOfTab.get(tabOf.get(life.session) ?? '')
    return start === undefined ? 0 : time.now() - (start + life.monotonic)
  }

  const onMade = (tab: string, operation: LocalOperation): void => {
    const { id, life } = operation
    const lifetime = lifetimeIn(operation)
    must(
      (life?.lifetime ?? Infinity) === lifetime,
      'conserved',
      () => `${id} lives for ${life?.lifetime}, must be ${lifetime}`,
    )
    if (life === undefined) return
    // One that is made again goes on living where it was.
    const made = `${life.session} ${life.monotonic}`
    if (!tabOf.has(life.session)) tabOf.set(life.session, tab)
    const age = ageOf(operation)
    must(
      age >= 0 && (known.has(made) || age <= longestCommit),
      'honest status',
      () => `${id} is made now and says it was made ${age} ms ago`,
    )
    known.add(made)
  }

  const countEnd = (tab: string, operation: LocalOperation): void => {
    const { life, fate, transaction } = operation
    if (fate.cause !== undefined) counters.add('expired with its creation')
    if (transaction !== undefined) counters.add('transaction expired')
    if (life === undefined || tabOf.get(life.session) === tab) return
    counters.add('expired after a restart')
    const inSession = time.now() - (startOfTab.get(tab) ?? 0)
    if (life.lifetime !== 'drop' && inSession < life.lifetime) counters.add("expired by the server's time")
  }

  return {
    clockOf(tab, clock) {
      const start = time.now()
      startOfTab.set(tab, start)
      return { now: clock.now, monotonic: () => time.now() - start }
    },
    onCommitted(tab, device, { writes }) {
      for (const { key, value } of writes) {
        const localSeq = value === undefined ? undefined : localSeqOf(key)
        const scope = localSeq === undefined ? undefined : scopeOf(device, key, value)
        if (localSeq === undefined || scope === undefined) continue
        const operation = mirrorOf(device, scope).operations.get(localSeq)
        if (operation === undefined) continue
        if (isNew(operation, writes)) onMade(tab, operation)
        if (operation.cancel === true && operation.life?.lifetime === 'drop' && operation.status === 'SENT')
          counters.add('asked not to apply what is to be dropped')
        if (operation.status !== 'EXPIRED' || operation.clientSeq !== undefined) continue
        counters.add(isNew(operation, writes) ? 'dropped when it was written' : 'expired before it was sent')
        countEnd(tab, operation)
        untold.set(tab, (untold.get(tab) ?? new Set()).add(operation.id))
      }
    },
    onTold(tab, device, ids) {
      for (const id of ids) {
        const scope = device.ids.get(id)
        const there = scope === undefined ? undefined : mirrorOf(device, scope)
        const operation = there?.operations.get(there.ids.get(id)?.localSeq ?? 0)
        // Its scope may have been left meanwhile.
        const isEnded = operation === undefined || ['EXPIRED', 'REJECTED'].includes(operation.status)
        must(isEnded, 'honest status', () => `${id} is told to have expired, and is ${operation?.status}`)
        untold.get(tab)?.delete(id)
      }
    },
    checkTold(tab) {
      const [first] = untold.get(tab) ?? []
      must(first === undefined, 'honest status', () => `${tab} was not told that ${first} expired`)
    },
    ageOf,
    onSent(device, id, age) {
      const scope = device.ids.get(id)
      const there = scope === undefined ? undefined : mirrorOf(device, scope)
      const operation = there?.operations.get(there.ids.get(id)?.localSeq ?? 0)
      if (operation === undefined) return
      const isMortal = lifetimeIn(operation) !== Infinity
      must((age !== undefined) === isMortal, 'honest status', () => `${id} is sent with the age ${age}`)
      const truth = ageOf(operation)
      must(
        age === undefined || age <= truth,
        'honest status',
        () => `${id} is ${truth} ms old, and said to be ${age}`,
      )
    },
  }
}

/** It gets its address in the commit in which it is made. */
const isNew = ({ id }: LocalOperation, writes: CommitBatch['writes']): boolean =>
  writes.some(({ key, value }) => key === `id/${id}` && value !== undefined)
