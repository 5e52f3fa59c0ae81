import type { CommitBatch } from '@holdfast/core/storage'
import type { DeviceMirror, Mirror } from './mirror.ts'
import { must } from './violation.ts'

interface Leaving {
  readonly device: DeviceMirror
  readonly mirror: Mirror
  readonly batch: CommitBatch
  readonly mayDiscard: (scope: string) => boolean
}

/** What only this device has of a scope. */
const unfinished = ({ queue, held, conflicts, dead, waiting, operations }: Mirror): number => {
  const refused = [...waiting.keys()].filter((localSeq) => operations.get(localSeq)?.status === 'REJECTED')
  return queue.size + held.size + conflicts.size + dead.size + refused.length
}

/** Looks at a scope before a commit that finds or makes it left; what is returned looks at it afterwards. */
export const checkLeaving = ({ device, mirror, batch, mayDiscard }: Leaving): (() => void) => {
  const { scope } = mirror
  const wasLeft = mirror.log?.left === true
  const count = wasLeft ? 0 : unfinished(mirror)
  const sent = wasLeft ? [] : sentIn(mirror)
  return () => {
    if (!wasLeft) checkSpent(mirror, sent)
    must(!device.joined.includes(scope), 'atomic', () => `${scope} is left and still listed`)
    must(mirror.cursor === undefined, 'atomic', () => `${scope} is left and has a cursor`)
    const asked = count === 0 || mayDiscard(scope)
    must(asked, 'conserved', () => `${scope} was left with ${count} unfinished, and nobody allowed it`)
    const added = batch.writes.find(({ key, value }) => value !== undefined && !staysBehind(key))
    const onlyRemoves = !wasLeft || added === undefined || added.key === 'scopes'
    must(onlyRemoves, 'atomic', () => `${added?.key} was written after ${scope} was left`)
    if (!device.leaving.includes(scope)) checkGone(mirror)
  }
}

/** What the server may hear of, or has heard of and not decided, and what was to be spent before. */
const sentIn = ({ queue, held, operations, log }: Mirror): readonly string[] => {
  const undecided = [...queue.keys(), ...held.keys()].flatMap((localSeq) => operations.get(localSeq) ?? [])
  const sent = undecided.filter(({ status }) => status === 'SENT').map(({ id }) => id)
  return [...(log?.abandoned ?? []).map(({ id }) => id), ...sent]
}

/** The server is told of all that it may hear of later, and of nothing that was never sent. */
const checkSpent = ({ scope, log }: Mirror, sent: readonly string[]): void => {
  const spent = log?.abandoned ?? []
  const ids = (list: readonly string[]): string => list.toSorted().join()
  const isAll = ids(spent.map(({ id }) => id)) === ids(sent)
  must(isAll, 'conserved', () => `of ${sent.length} sent ones of ${scope} ${spent.length} are to be spent`)
  const numbers = new Set(spent.map(({ clientSeq }) => clientSeq))
  const isOneEach =
    numbers.size === spent.length && spent.every(({ clientSeq }) => clientSeq < (log?.nextClientSeq ?? 1))
  must(isOneEach, 'exactly once', () => `numbers to be spent in ${scope} are not one each`)
}

/** What tells a commit that slept through it all that it comes too late. */
const staysBehind = (key: string): boolean => key.startsWith('log/') || key.startsWith('staging/')

const checkGone = (mirror: Mirror): void => {
  const { scope, records, staged, overlays, queue, held, blocked, waiting, done, dead, conflicts, ids } =
    mirror
  const left =
    [...overlays.values()].reduce((sum, { size }) => sum + size, 0) +
    [records, staged, queue, held, blocked, waiting, done, dead, conflicts, ids, mirror.unfinished].reduce(
      (sum, { size }) => sum + size,
      0,
    )
  must(left === 0, 'conserved', () => `${left} entries of ${scope} are still there after it was left`)
  mirror.operations.clear()
  mirror.transactions.clear()
}
