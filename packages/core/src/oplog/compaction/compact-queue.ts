import type { Operation } from '../../model/operation.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { logKey, metaKey, queuePrefix, recordKey, type RecordAddress } from '../keys.ts'
import { queueEntry } from '../entries.ts'
import { logHead, putLogHead } from '../log.ts'
import { needsRecovery, toOwned } from '../recovery/owner.ts'
import { recordIn, recordReads } from '../records.ts'
import { compactRecord, type CompactedPortion } from './compact-record.ts'
import type { CompactContext } from './decide-folds.ts'
import { compactReads, portionOfRecord } from './read-foldable.ts'

/** So many entries of the queue are looked at in one step. */
const portionOfQueue = 500

/** About so many operations are looked at for one commit. */
const portionOfCommit = 500

/**
 * A commit takes so many records, even if they have more operations than that: those of one record lie apart in the lists of
 * the scope, each beside one of another record (docs/decisions/0023).
 */
const fewestRecords = 25
const mostOfCommit = 2_000

export interface Compacted {
  /** Operations that are no longer in the queue. */
  readonly folded: number
}

/** What a pass has to know besides. */
export interface CompactPass extends CompactContext {
  readonly store: Store
  readonly scope: string
  /** Asked between two commits. @throws whatever ends the pass; what was folded stays */
  readonly turn: () => Promise<void>
}

/**
 * One pass over a scope's queue, in bounded commits: each operation is read once. What is written meanwhile may be left
 * for the next one.
 * @throws SyncError as `compactRecord`; a storage code
 */
export const compactQueue = async (pass: CompactPass): Promise<Compacted> => {
  const visited = new Set<string>()
  let folded = 0
  for (let after: string | undefined; ;) {
    const { next, records } = await readPortion(pass, after)
    const fresh = records.filter((address) => !visited.has(recordKey(address)))
    for (const address of fresh) visited.add(recordKey(address))
    folded += await compactRecords(pass, fresh)
    if (next === undefined) return { folded }
    after = next
  }
}

/** All that was never sent of some records. */
export const compactRecords = async (
  pass: CompactPass,
  records: readonly RecordAddress[],
): Promise<number> => {
  const open = [...records]
  let folded = 0
  while (open.length > 0) {
    const step = await compactSome(pass, open)
    folded += step.folded
    open.splice(0, step.records)
    if (step.large !== undefined) folded += await compactRest(pass, step.large.address, step.large)
    await pass.turn()
  }
  return folded
}

type Portion = Pick<CompactedPortion, 'folded' | 'oldest'>

interface Step {
  readonly folded: number
  /** So many of the records were done. */
  readonly records: number
  /** The last of them, where it has more than one step takes. */
  readonly large: (Portion & { readonly address: RecordAddress }) | undefined
}

/** As many records as fit one commit. */
const compactSome = (pass: CompactPass, records: readonly RecordAddress[]): Promise<Step> =>
  pass.store.update(async (workspace) => {
    const { scope } = pass
    if (await isRecovering(workspace, scope)) return { folded: 0, records: records.length, large: undefined }
    await workspace.read(recordReads(records))
    let head = logHead(workspace, scope)
    let [folded, done, looked, opened] = [0, 0, 0, 0]
    let large: Step['large']
    for (const address of records) {
      const { overlay } = recordIn(workspace, address)
      const room = opened < fewestRecords ? mostOfCommit : portionOfCommit
      const size = Math.min(overlay, portionOfRecord)
      if (looked > 0 && looked + size > room) break
      done += 1
      if (overlay < 2) continue
      looked += size
      opened += 1
      await workspace.read(compactReads(address))
      const compacted = await compactRecord(workspace, pass, { address, before: undefined, head })
      head = compacted.head
      folded += compacted.folded
      if (compacted.oldest === undefined) continue
      large = { ...compacted, address }
      break
    }
    if (folded > 0) putLogHead(workspace, scope, head)
    return { folded, records: done, large }
  })

/** The older ones of a record that has very many, together with what the newer ones were folded into. */
const compactRest = async (pass: CompactPass, address: RecordAddress, first: Portion): Promise<number> => {
  let folded = 0
  let before: Operation | undefined
  for (let portion = first; portion.oldest !== undefined;) {
    // Where little could be folded, what stayed need not be looked at again.
    if (portion.folded * 2 < portionOfRecord) before = portion.oldest
    await pass.turn()
    const from = before
    portion = await pass.store.update((workspace) => compactOne(workspace, pass, address, from))
    folded += portion.folded
  }
  return folded
}

const compactOne = async (
  workspace: Workspace,
  pass: CompactPass,
  address: RecordAddress,
  before: Operation | undefined,
): Promise<Portion> => {
  const { scope } = pass
  if (await isRecovering(workspace, scope)) return { folded: 0, oldest: undefined }
  await workspace.read([...recordReads([address]), ...compactReads(address)])
  const head = logHead(workspace, scope)
  const compacted = await compactRecord(workspace, pass, { address, before, head })
  if (compacted.folded > 0) putLogHead(workspace, scope, compacted.head)
  return compacted
}

/** What is there is being copied to a backup, and told apart from what a copy of the device has. */
const isRecovering = async (workspace: Workspace, scope: string): Promise<boolean> => {
  const [log, meta] = await workspace.read([{ get: logKey(scope) }, { get: metaKey }])
  workspace.expect(metaKey)
  return needsRecovery(toOwned(meta, log))
}

/** Records of which something in this part of the queue was never sent. */
const readPortion = async (
  { store, scope }: CompactPass,
  after: string | undefined,
): Promise<{ readonly next: string | undefined; readonly records: readonly RecordAddress[] }> => {
  const [entries] = await store.read([{ scan: queuePrefix(scope), limit: portionOfQueue, after }])
  const records = new Map<string, RecordAddress>()
  for (const { value } of entries) {
    const { collection, recordId, clientSeq } = queueEntry.decode(value)
    const address = { scope, collection, recordId }
    if (clientSeq === undefined) records.set(recordKey(address), address)
  }
  const next = entries.length < portionOfQueue ? undefined : entries.at(-1)?.key
  return { next, records: [...records.values()] }
}
