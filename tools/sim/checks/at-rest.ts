import type { SyncState } from '@holdfast/core'
import { partsOf } from '../model/typed.ts'
import { canonical, encoded, isSame, parseData, visible, type Data } from '../model/values.ts'
import type { Device } from '../world/device.ts'
import type { Tab } from '../world/tab.ts'
import type { Writes } from '../world/writes.ts'
import type { Sim } from '../world/sim.ts'
import type { Journal } from './journal-world.ts'
import { checkIndexes } from './indexes.ts'
import { checkBase, isHiddenIn } from './record-rules.ts'
import type { LocalOperation } from './local-entries.ts'
import {
  findOperation,
  isRecovering,
  joinedMirrors,
  localSeqOf,
  timesLeft as timesLeftIn,
  type Mirror,
} from './mirror.ts'
import { baseIn, shownIn } from './shown.ts'
import { must } from './violation.ts'

/** What was promised is there, and what was refused is not. @throws Violation */
export const checkKept = (device: Device, writes: Writes, isRemoved: (id: string) => boolean): void => {
  const { mirror, name } = device
  for (const [id, { scope, timesLeft }] of writes.durable.get(name) ?? []) {
    if (timesLeft !== timesLeftIn(mirror, scope)) continue
    must(
      findOperation(mirror, id) !== undefined || isRemoved(id),
      'durable',
      () => `${id} of ${name} was promised and is gone`,
    )
  }
  checkRefused(device, writes)
}

/** What must hold on a device once nothing is under way. @throws Violation */
export const checkDeviceAtRest = (
  device: Device,
  { histories: { journalOf, areLost }, restored }: Pick<Sim, 'histories' | 'restored'>,
): void => {
  must(
    joinedMirrors(device.mirror).every((scope) => !isRecovering(device.mirror, scope)),
    'live',
    () => `${device.name} has not found its way back to the server`,
  )
  for (const scope of joinedMirrors(device.mirror)) {
    const journal = journalOf(scope.scope)
    checkScopeAtRest(device, scope, journal)
    checkApplied(device, scope, { journal, restored })
    // What another copy of the client did is not known here, nor what the server has forgotten.
    if (device.mirror.isDoubtful || areLost()) continue
    checkNumbers(device, scope, journal)
    checkLoneWriter(device, scope, journal)
  }
}

const checkScopeAtRest = (device: Device, mirror: Mirror, journal: Journal): void => {
  const name = `${device.name} in ${mirror.scope}`
  must(mirror.queue.size === 0, 'live', () => `${name} still has ${mirror.queue.size} operations to send`)
  must(mirror.held.size === 0, 'live', () => `${name} still holds ${mirror.held.size} operations back`)
  must(
    mirror.waiting.size === 0,
    'live',
    () => `${name} still has ${mirror.waiting.size} operations that wait for a head`,
  )
  const isTidy =
    mirror.staged.size === 0 &&
    mirror.log?.folding === undefined &&
    (mirror.staging?.kind ?? 'idle') === 'idle'
  must(
    isTidy,
    'live',
    () => `${name} still has ${mirror.staged.size} staged rows ${JSON.stringify(mirror.staging)}`,
  )
  const head = mirror.cursor?.head ?? 0
  must(
    head === journal.head(),
    'convergent',
    () => `${name} is at head ${head}, the server at ${journal.head()}`,
  )
  for (const key of new Set([...mirror.records.keys(), ...journal.rows().keys()]))
    checkBase(mirror, journal, key)
  for (const key of mirror.records.keys()) {
    if (mirror.conflicts.has(key)) continue
    const row = journal.rowAt(key, head)
    const isHidden = isHiddenIn(baseIn(mirror, key), row)
    const wanted = row === undefined || row.deleted || isHidden ? undefined : visible(encoded(row.data))
    const shown = shownIn(mirror, key)
    must(isSame(shown, wanted), 'convergent', () => `${key} shows ${canonical(shown)}`)
  }
  checkIndexes(device.mirror, mirror)
}

/** What took effect by what the device knows did so, whatever the server had lost. */
const checkApplied = (
  { name }: Device,
  { done }: Mirror,
  { journal, restored }: { readonly journal: Journal } & Pick<Sim, 'restored'>,
): void => {
  for (const { id, status } of done.values()) {
    // Another store may have sent it once more, after it was forgotten.
    if (status !== 'COMPLETED' || restored.get(id) === true) continue
    const verdict = journal.decision(id)?.verdict.kind
    must(
      verdict === 'applied' || verdict === 'merged',
      'conserved',
      () => `${name} has ${id} applied, and for the server it is ${verdict}`,
    )
  }
}

/** All that was sent was decided, and nothing else was. */
const checkNumbers = (
  { mirror: { clientId = '' }, name }: Device,
  mirror: Mirror,
  journal: Journal,
): void => {
  const decided = journal.decidedOf(clientId)
  const given = (mirror.log?.nextClientSeq ?? 1) - 1
  must(
    decided.size === given,
    'conserved',
    () => `${name} sent ${given} operations, ${decided.size} were decided`,
  )
}

/** A write that was refused left nothing behind. */
const checkRefused = ({ mirror, name }: Device, { refused }: Writes): void => {
  if (refused.size === 0) return
  for (const [key, value] of mirror.entries) {
    if (localSeqOf(key) === undefined) continue
    for (const text of writtenIn(value).match(/w\d+x/g) ?? []) {
      must(!refused.has(text), 'atomic', () => `the write ${text} was refused, and ${name} has it`)
    }
  }
}

/** What somebody wrote as it stands. A text that is cut somewhere else may spell another write's name. */
const writtenIn = (value: string): string => {
  const { collection, type, payload } = JSON.parse(value) as LocalOperation
  return collection === 'texts' && type !== 'delete' ? JSON.stringify(partsOf(payload).registers) : value
}

/** Records of one writer alone: no operation is lost, asked about or merged, and each counts once. */
const checkLoneWriter = ({ name }: Device, mirror: Mirror, journal: Journal): void => {
  const tallies = new Map<string, number>()
  for (const operation of mirror.operations.values()) {
    const { id, collection, status, fate } = operation
    // What became part of a later one counts in that one.
    const verdict = journal.decision(id)?.verdict.kind
    if (collection !== 'solos' || (status === 'SUPERSEDED' && verdict === undefined)) continue
    // A backup brought back what had been discarded with the scope; its user is told, and may retry it (SC10, BK9).
    if (journal.wasSpent(id) && fate.kind === 'rejected' && fate.code === 'PAYLOAD_MISMATCH') continue
    must(verdict === 'applied', 'live', () => `${id}, of a lone writer, was ${verdict}`)
    const by = operation.type === 'add' ? Number(parseData(operation.payload)['by']) : 0
    tallies.set(operation.recordId, (tallies.get(operation.recordId) ?? 0) + by)
  }
  // What was done before it was left is not known here any more.
  if (mirror.timesLeft > 0) return
  for (const [id, tally] of tallies) {
    const row = journal.rowAt(`solos/${id}`, journal.head())
    must(
      row?.data['tally'] === tally,
      'exactly once',
      () => `${name}: ${id} counts ${canonical((row?.data as Data | undefined)?.['tally'])}, not ${tally}`,
    )
  }
}

/** Memory and place agree: nothing that was committed is gone, nothing else is there. @throws Violation */
export const checkPlace = async ({ mirror, readPlace, name }: Device): Promise<void> => {
  const there = await readPlace()
  must(
    there.size === mirror.entries.size,
    'durable',
    () => `${name} has ${there.size} entries, not ${mirror.entries.size}`,
  )
  for (const [key, value] of mirror.entries) {
    must(there.get(key) === value, 'durable', () => `${name} has another ${key} than was committed`)
  }
}

/** A tab's state that was found honest, and what its device had then. */
const honest = new WeakMap<Tab, { readonly state: SyncState; readonly revision: number }>()

/** `synced` means so, where the tab can know. @throws Violation */
export const checkStatus = (tab: Tab): void => {
  const state = tab.state()
  if (state.status !== 'synced') return
  const { revision } = tab.device.mirror
  const last = honest.get(tab)
  if (last?.state === state && last.revision === revision) return
  const { name } = tab.process
  let [queued, conflicts, deadLetters] = [0, 0, 0]
  for (const { queue, log } of joinedMirrors(tab.device.mirror)) {
    queued += queue.size
    conflicts += log?.conflicts ?? 0
    deadLetters += log?.deadLetters ?? 0
  }
  must(queued === 0, 'honest status', () => `${name} is synced with ${queued} operations to send`)
  const told = `${state.conflicts} conflicts and ${state.deadLetters} dead letters`
  must(
    state.conflicts === conflicts && state.deadLetters === deadLetters,
    'honest status',
    () => `${name} tells ${told}, there are ${conflicts} and ${deadLetters}`,
  )
  honest.set(tab, { state, revision })
}
