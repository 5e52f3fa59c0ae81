import type { CommitBatch } from '@holdfast/core/storage'
import { readStored, type LocalOperation } from './local-entries.ts'
import { localSeqOf, scopeOf, mirrorOf, type DeviceMirror, type Mirror } from './mirror.ts'
import { must } from './violation.ts'

/** What a device keeps of decided operations. */
export interface Keeping {
  /** So many of each scope; less than nought: all. */
  readonly keep: number
  /** Milliseconds after which they go, however few there are. */
  readonly olderThan: number
  /** Milliseconds in which what was applied stays, however many there are. */
  readonly grace: number
}

/** What is known of them besides. */
export interface Shelved {
  /** Milliseconds since it was decided, as far as the device knows that: another one may have it, too, by a backup. */
  readonly ageOf: (device: DeviceMirror, id: string) => number
  /** Milliseconds since a device has a note by which it can tell how old it is. */
  readonly notedFor: (device: DeviceMirror, scope: string, id: string) => number
  /** The app was given it before. */
  readonly wasHanded: (id: string) => boolean
}

/** A device knows the server's time to the way of an answer; later ones are not heard. */
const lateness = 8_100

/** The decided operations of a scope that a commit is about to remove from its archive. */
export const archivedBy = (
  device: DeviceMirror,
  batch: CommitBatch,
): ReadonlyMap<Mirror, readonly LocalOperation[]> => {
  const { writes } = batch
  const removed = new Map<Mirror, LocalOperation[]>()
  const isOfArchive = writes.some(({ key, value }) => key.startsWith('archive/') && value !== undefined)
  if (!isOfArchive) return removed
  for (const { key, value } of writes) {
    const localSeq = key.startsWith('done/') && value === undefined ? localSeqOf(key) : undefined
    const scope = localSeq === undefined ? undefined : scopeOf(device, key, value)
    // What the server has lost goes back to its record, to be sent again.
    if (scope !== undefined && isPutBack(batch, scope, localSeq)) continue
    const mirror = scope === undefined ? undefined : mirrorOf(device, scope)
    const operation = mirror?.done.get(localSeq ?? 0)
    if (mirror !== undefined && operation !== undefined)
      removed.set(mirror, [...(removed.get(mirror) ?? []), operation])
  }
  return removed
}

const isPutBack = ({ writes }: CommitBatch, scope: string, localSeq: number | undefined): boolean =>
  writes.some(
    ({ key, value }) => value !== undefined && key.startsWith(`op/${scope}/`) && localSeqOf(key) === localSeq,
  )

/** Only what is over goes: by count or by age, and nothing that is still of use. Before the mirror has it. @throws Violation */
export const checkArchived = (
  device: DeviceMirror,
  mirror: Mirror,
  removed: readonly LocalOperation[],
  { keep, olderThan, grace }: Keeping,
  { ageOf: ageThere, wasHanded }: Shelved,
): void => {
  const ageOf = (id: string): number => ageThere(device, id)
  const gone = new Set(removed.map(({ localSeq }) => localSeq))
  for (const operation of removed) {
    const { id, status, localSeq, transaction } = operation
    must(wasHanded(id), 'conserved', () => `${id} is removed, and its app was not given it`)
    must(!mirror.dead.has(localSeq), 'conserved', () => `${id} is removed, and is a dead letter`)
    const isLive =
      mirror.overlays.get(`${operation.collection}/${operation.recordId}`)?.has(localSeq) === true
    must(!isLive && !mirror.queue.has(localSeq), 'conserved', () => `${id} is removed, and is not over`)
    const members = mirror.transactions.get(transaction?.id ?? '') ?? new Set([localSeq])
    const isWhole = [...members].every((member) => gone.has(member))
    must(isWhole, 'atomic', () => `${id} is removed without the rest of its transaction`)
    const isNeeded = status === 'COMPLETED' && ageOf(id) < grace - lateness
    must(!isNeeded, 'conserved', () => `${id} was applied ${ageOf(id)} ms ago, and is removed`)
  }
  const fresh = removed.filter(({ id }) => ageOf(id) < olderThan - lateness)
  const excess = Math.max(0, mirror.done.size - mirror.dead.size - keep)
  // A transaction goes whole, though it may be more than had to go.
  const most =
    excess + (excess === 0 ? 0 : Math.max(...fresh.map((one) => (one.transaction?.size ?? 1) - 1), 0))
  must(
    fresh.length <= most,
    'conserved',
    () =>
      `${fresh.length} of ${mirror.done.size} are removed, ${keep} may stay: ${fresh.map(({ id }) => `${id} after ${ageOf(id)} ms`).join()}`,
  )
}

/** Nothing stays that is too old, or too much. `calm`: since then runs have come to their end. @throws Violation */
export const checkShelf = (
  device: DeviceMirror,
  mirror: Mirror,
  { keep, olderThan, grace }: Keeping,
  { notedFor }: Shelved,
  calm: number,
): void => {
  const stays = ({ localSeq, transaction }: LocalOperation): boolean =>
    mirror.dead.has(localSeq) || (transaction !== undefined && !isOver(mirror, transaction.id))
  const may = [...mirror.done.values()].filter((one) => !stays(one))
  const ageOf = (id: string): number => notedFor(device, mirror.scope, id)
  const old = may.find(({ id }) => ageOf(id) > olderThan * 1.1 + calm)
  must(old === undefined, 'bounded', () => `${old?.id} was decided ${ageOf(old?.id ?? '')} ms ago, and stays`)
  const free = may.filter(({ id }) => ageOf(id) > grace + olderThan * 0.1 + calm)
  const most = keep + Math.max(1, keep, mirror.done.size) / 10 + 1
  must(free.length <= most, 'bounded', () => `${free.length} decided operations stay, ${keep} may`)
}

const isOver = (mirror: Mirror, transaction: string): boolean =>
  [...(mirror.transactions.get(transaction) ?? [])].every(
    (member) => mirror.done.has(member) && !mirror.dead.has(member),
  )

/** What a record went through can be read: each decided operation has its place among those of its record. @throws Violation */
export const checkPast = ({ entries }: DeviceMirror, { scope, done }: Mirror): void => {
  const wanted = new Set(
    [...done.values()].map(({ collection, recordId, localSeq }) => `${collection}/${recordId}/${localSeq}`),
  )
  const prefix = `past/${scope}/`
  const listed = [...entries.keys()].flatMap((key) => {
    if (!key.startsWith(prefix)) return []
    const [collection, id, localSeq] = key.slice(prefix.length).split('/')
    return [`${collection}/${id}/${Number(localSeq)}`]
  })
  must(
    listed.length === wanted.size && listed.every((one) => wanted.has(one)),
    'conserved',
    () => `of ${wanted.size} decided operations ${listed.length} are in the histories of their records`,
  )
}

/** Operations that a commit ends to make room, as they were. @throws Violation */
export const droppedBy = (
  mirror: Mirror,
  batch: CommitBatch,
  disposable: readonly string[],
): readonly string[] =>
  batch.writes.flatMap(({ key, value }) => {
    if (!key.startsWith('done/') || value?.includes('"queueFull"') !== true) return []
    const { id, collection, fate, localSeq, transaction } = readStored(value) as LocalOperation
    if (fate.reason !== 'queueFull' || mirror.done.has(localSeq)) return []
    const before = mirror.operations.get(localSeq)
    const isFree =
      before?.status === 'PENDING' && before.clientSeq === undefined && mirror.queue.has(localSeq)
    must(
      isFree && transaction === undefined && disposable.includes(collection),
      'conserved',
      () => `${id} of ${collection} was dropped, and was ${before?.status}`,
    )
    return [id]
  })
