import type { Cleaning } from '../../plugin/plugin-client.ts'
import type { Store } from '../../storage/store.ts'
import type { LogHead } from '../entries.ts'
import type { SessionTime } from '../../base/session-time.ts'
import {
  archiveKey,
  cursorKey,
  deadKey,
  doneKey,
  donePrefix,
  logKey,
  operationIdKey,
  pastKey,
} from '../keys.ts'
import { logHead } from '../log.ts'
import { localSeqIn, logHeadOf, operationsOf } from '../stored.ts'
import { choose, type Archived, type Keeping } from './choose.ts'
import { isMarkDue, revisionAt, withMark } from './marks.ts'
import {
  archiveState,
  archiveStateOf,
  putArchiveState,
  withGone,
  type ArchiveState,
  type Passed,
} from './state.ts'

/** Entries that are looked at together: more than a transaction can have. */
const portion = 500

export interface ArchivePlace {
  readonly store: Store
  readonly scope: string
  /** Asked between two portions. @throws whatever ends the pass; what was removed stays so */
  readonly turn: () => Promise<void>
}

export interface CleaningPass extends ArchivePlace, Cleaning {
  readonly session: SessionTime
}

type Looking = ArchivePlace & Pick<Cleaning, 'except'>

/**
 * Removes decided operations by count and age (docs/decisions/0028), where there is something to do at all: else it costs
 * one read. After a crash the next pass goes on; several tabs may pass at once.
 * @returns how many were removed
 */
export const cleanDone = async (pass: CleaningPass): Promise<number> => {
  const { store, scope } = pass
  const [log, archive, cursor] = await store.read([
    { get: logKey(scope) },
    { get: archiveKey(scope) },
    { get: cursorKey(scope) },
  ])
  if (log === undefined || cursor === undefined) return 0
  const head = logHeadOf(log.value)
  if (head.left === true || head.resetting !== undefined) return 0
  const decided = decidedBy(head)
  const stored = archiveStateOf(archive?.value)
  const now = serverTimeNow(pass, head, stored)
  // How late it is at least says nothing of when the newest of them were decided.
  const isHeard = pass.session.of(scope).heard !== undefined
  const isDue = isHeard && isMarkDue(stored.marks, decided)
  const mark = isDue ? { at: now, revision: log.revision, decided } : undefined
  if (mark !== undefined) {
    await change(pass, (state) => ({ ...state, marks: withMark(state.marks, mark, pass.olderThan) }))
  }
  const marks = mark === undefined ? stored.marks : withMark(stored.marks, mark, pass.olderThan)
  const aged = revisionAt(marks, now - pass.olderThan)
  const spared = revisionAt(marks, now - pass.grace)
  if (pass.force !== true && !isPassDue(stored, { decided, aged, spared }, pass)) return 0

  const { size, old } = await count(pass, aged)
  const excess = Math.max(0, size - pass.keep)
  const keeping = { excess, aged, spared: pass.grace === 0 ? Number.MAX_SAFE_INTEGER : spared }
  const removed = excess + old === 0 ? 0 : await removeAll(pass, keeping, stored.turn)
  await change(pass, (state) => ({ ...state, passed: { decided, aged, spared, size: size - removed } }))
  return removed
}

/**
 * At least so late it is by the server's clock, whatever this device's clock says: it may have jumped. A time that it told and
 * the offset that is known now may come from before and after that.
 */
const serverTimeNow = (
  { session, scope }: CleaningPass,
  { era }: LogHead,
  { marks }: ArchiveState,
): number => {
  const { heard } = session.of(scope)
  return heard === undefined
    ? Math.max(era?.anchor?.since ?? 0, marks.at(-1)?.at ?? 0)
    : heard.serverTime + session.monotonic() - heard.monotonic
}

const decidedBy = ({ nextLocalSeq, pending, sent }: LogHead): number => nextLocalSeq - pending - sent

/** So a pass, which reads the whole archive, costs each operation that is decided a few reads. */
const isPassDue = (
  { passed }: ArchiveState,
  { decided, aged, spared }: Omit<Passed, 'size'>,
  { keep }: Cleaning,
): boolean =>
  passed === undefined ||
  decided - passed.decided >= Math.max(1, keep, passed.size) / 10 ||
  aged > passed.aged ||
  (passed.size > keep && spared > passed.spared)

const change = (
  { store, scope }: CleaningPass,
  build: (state: ArchiveState) => ArchiveState,
): Promise<ArchiveState> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }, { get: archiveKey(scope) }])
    logHead(workspace, scope)
    workspace.expect(logKey(scope))
    const before = archiveState(workspace, scope)
    const after = build(before)
    if (after !== before) putArchiveState(workspace, scope, after)
    return after
  })

interface Portion {
  readonly found: readonly Archived[]
  readonly isLast: boolean
}

const readPortion = async (
  { store, scope, except }: Looking,
  after: string | undefined,
): Promise<Portion> => {
  const prefix = donePrefix(scope)
  const [entries] = await store.read([{ scan: prefix, after, limit: portion }])
  const dead = await store.read(entries.map((entry) => ({ get: deadKey(scope, localSeqIn(prefix, entry)) })))
  const operations = operationsOf(entries)
  const found = operations.map((operation, index): Archived => {
    const stays = dead[index] !== undefined || except.includes(operation.collection)
    return { operation, revision: entries[index]?.revision ?? 0, stays }
  })
  return { found, isLast: entries.length < portion }
}

const count = async (
  pass: Looking,
  aged: number,
): Promise<{ readonly size: number; readonly old: number }> => {
  let [size, old] = [0, 0]
  for (let after: string | undefined, isLast = false; !isLast;) {
    const read = await readPortion(pass, after)
    const counted = read.found.filter(({ stays }) => !stays)
    size += counted.length
    old += counted.filter(({ revision }) => revision <= aged).length
    isLast = read.isLast
    after = keyOf(pass, read.found.at(-1))
    await pass.turn()
  }
  return { size, old }
}

const keyOf = ({ scope }: ArchivePlace, one: Archived | undefined): string | undefined =>
  one && doneKey(scope, one.operation.localSeq)

/** Ends where another tab removes too: it counted for itself. */
const removeAll = async (pass: CleaningPass, keeping: Keeping, firstTurn: number): Promise<number> => {
  let removed = 0
  let turn = firstTurn
  for (let after: string | undefined, isLast = false; !isLast;) {
    const read = await readPortion(pass, after)
    const left = { ...keeping, excess: keeping.excess - removed }
    const { chosen, passed } = choose(read.found, left, read.isLast)
    if (chosen.length > 0) {
      await pass.onRemove?.(chosen.map(({ operation }) => operation))
      if (!(await remove(pass, chosen, turn))) return removed
      removed += chosen.length
      turn += 1
    }
    isLast = read.isLast
    after = keyOf(pass, read.found[passed - 1])
    await pass.turn()
  }
  return removed
}

/** In one commit, with all that belongs to them. False, and nothing is removed, where something is not as it was found. */
const remove = (
  { store, scope }: CleaningPass,
  chosen: readonly Archived[],
  turn: number,
): Promise<boolean> =>
  store.update(async (workspace) => {
    await workspace.read([
      { get: logKey(scope) },
      { get: archiveKey(scope) },
      ...chosen.map(({ operation }) => ({ get: doneKey(scope, operation.localSeq) })),
    ])
    const head = logHead(workspace, scope)
    workspace.expect(logKey(scope))
    const state = archiveState(workspace, scope)
    const isChanged = chosen.some(
      ({ operation, revision }) => workspace.revision(doneKey(scope, operation.localSeq)) !== revision,
    )
    // A reset may need them, and asks for them portion by portion. The next pass comes by again.
    if (isChanged || state.turn !== turn || head.resetting !== undefined) return false
    for (const { operation } of chosen) {
      workspace.remove(doneKey(scope, operation.localSeq))
      workspace.remove(pastKey(operation))
      workspace.remove(operationIdKey(operation.id))
    }
    const applied = chosen.flatMap(({ operation: { status, clientSeq } }) =>
      status === 'COMPLETED' && clientSeq !== undefined ? [clientSeq] : [],
    )
    putArchiveState(workspace, scope, { ...withGone(state, head, applied), turn: turn + 1 })
    return true
  })

/** How many decided operations of the scope are kept, without its dead letters. */
export const sizeOfArchive = async (place: ArchivePlace): Promise<number> =>
  (await count({ ...place, except: [] }, 0)).size
