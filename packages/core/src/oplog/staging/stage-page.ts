import type { ResetReason } from '../../base/errors.ts'
import { isSameRow } from '../../model/same-row.ts'
import type { Change } from '../../protocol/pull.ts'
import type { ReadResults } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { noRecord, recordEntry } from '../entries.ts'
import { cursorKey, logKey, metaKey, recordKey, stageKey, stagingKey, type RecordAddress } from '../keys.ts'
import { logHead } from '../log.ts'
import { nextBase } from '../rebase.ts'
import { recordIn } from '../records.ts'
import { toOwned } from '../recovery/owner.ts'
import { cursorOf } from '../stored.ts'
import { nothingStaged, stagingEntry, type NextPage, type Staging } from './entry.ts'

/** Where a scope's pulling stands. */
export interface PullPlace {
  readonly cursor: string
  readonly cursorRevision: number
  readonly staging: Staging
  readonly stagingRevision: number
  /** The generation that is being folded. */
  readonly folding: number | undefined
  /** The client id that the scope's requests carry. */
  readonly clientId: string
  /** Why the scope is fetched anew, where it is: what is staged leads on from nothing then. */
  readonly resetting: ResetReason | undefined
}

const placeRequests = (scope: string) =>
  [{ get: logKey(scope) }, { get: cursorKey(scope) }, { get: stagingKey(scope) }, { get: metaKey }] as const

const toPlace = ([log, cursor, staging, meta]: ReadResults<ReturnType<typeof placeRequests>>): PullPlace => {
  const { head, owner } = toOwned(meta, log)
  return {
    cursor: cursorOf(cursor?.value),
    cursorRevision: cursor?.revision ?? 0,
    staging: staging === undefined ? nothingStaged : stagingEntry.decode(staging.value),
    stagingRevision: staging?.revision ?? 0,
    folding: head.folding,
    clientId: owner,
    resetting: head.resetting,
  }
}

export const readPlaceIn = async (workspace: Workspace, scope: string): Promise<PullPlace> =>
  toPlace(await workspace.read(placeRequests(scope)))

/** All from one snapshot. */
export const readPullPlace = async (store: Store, scope: string): Promise<PullPlace> =>
  toPlace(await store.read(placeRequests(scope)))

export interface StagedPage {
  readonly changes: readonly Change[]
  readonly next: NextPage
}

export interface StagedSoFar {
  readonly generation: number
  readonly rows: number
}

/**
 * Stores a page's rows where no reader looks, and how to go on; begins a generation where there is none. One commit.
 * @param asked where pulling stood when the page was asked for
 * @returns undefined where it does not stand there any more, and nothing was stored
 */
export const stagePage = (
  store: Store,
  scope: string,
  asked: PullPlace,
  { changes, next }: StagedPage,
): Promise<StagedSoFar | undefined> =>
  store.update(async (workspace) => {
    const place = await readPlaceIn(workspace, scope)
    // Leaving the scope moves the staging entry, which this step expects: nothing is staged in a scope that was left.
    logHead(workspace, scope)
    const isThere =
      place.stagingRevision === asked.stagingRevision && place.cursorRevision === asked.cursorRevision
    if (!isThere || place.folding !== undefined || place.staging.kind === 'drop') return undefined
    const { staging } = place
    const before = staging.kind === 'idle' ? { generation: staging.generation + 1, rows: 0 } : staging
    const { added, same } = await stageRows(workspace, scope, {
      changes,
      isReset: place.resetting !== undefined,
    })
    const so = { generation: before.generation, rows: before.rows + added }
    const known = staging.kind === 'idle' ? 0 : (staging.history ?? 0)
    const history = place.resetting !== undefined ? { history: Math.max(known, same) } : {}
    const entry: Staging = { ...so, from: place.cursorRevision, ...history, ...next }
    workspace.put(stagingKey(scope), stagingEntry.encode(entry))
    return so
  })

interface StagedRows {
  /** Records that were not staged before. */
  readonly added: number
  /** The newest of the changes that this device knows as they are, by its place in the feed; 0 for none. */
  readonly same: number
}

const stageRows = async (
  workspace: Workspace,
  scope: string,
  { changes, isReset }: { readonly changes: readonly Change[]; readonly isReset: boolean },
): Promise<StagedRows> => {
  const addressed = changes.map((change): readonly [Change, RecordAddress] => [
    change,
    { scope, collection: change.collection, recordId: change.id },
  ])
  // A whole row needs nothing of what was there before.
  const compared = isReset ? addressed : addressed.filter(([{ kind }]) => kind !== 'record')
  await workspace.read([
    ...addressed.map(([, address]) => ({ get: stageKey(address) })),
    ...compared.map(([, address]) => ({ get: recordKey(address) })),
  ])
  let added = 0
  let same = 0
  for (const [change, address] of addressed) {
    const key = stageKey(address)
    const staged = workspace.value(key)
    // What was there before a reset counts for nothing.
    const unstaged = isReset ? noRecord : recordIn(workspace, address)
    const before = staged === undefined ? unstaged : recordEntry.decode(staged)
    const base = nextBase(before.base, change)
    const own = isReset ? recordIn(workspace, address).base : undefined
    if (own !== undefined && isSameRow(own, base)) same = Math.max(same, own.seq)
    workspace.put(key, recordEntry.encode({ ...noRecord, base }))
    if (staged === undefined) added += 1
  }
  return { added, same }
}
