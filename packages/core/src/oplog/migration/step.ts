import { hasCode } from '../../base/errors.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { noRecord, operationEntry, recordEntry, scopesEntry } from '../entries.ts'
import {
  cursorKey,
  deadPrefix,
  doneKey,
  logKey,
  recordAddressOf,
  recordsPrefix,
  scopesKey,
  stagePrefix,
  stagingKey,
} from '../keys.ts'
import { putLogHead, storedLogHead } from '../log.ts'
import { putRecord, recordIn } from '../records.ts'
import { renewCursor } from '../recovery/unnumber.ts'
import { nothingStaged, stagingEntry, type Staging } from '../staging/entry.ts'
import { localSeqIn, operationsOf } from '../stored.ts'
import { bringUpRecord, readForBringUp } from './bring-up-record.ts'
import { bringUpOperation, bringUpRow, type BringingUp } from './bring-up.ts'
import { placeAfter, putMigration, type Migration, type MigrationPlace } from './state.ts'

const recordsPerStep = 100

/** The scopes that have anything on this device. */
export const scopesIn = async (workspace: Workspace): Promise<readonly string[]> => {
  const [stored] = await workspace.read([{ get: scopesKey }])
  return stored === undefined ? [] : scopesEntry.decode(stored.value).joined
}

/**
 * Brings up the next records, or whatever it is at the place that is reached, and moves on from there in the same commit.
 * @throws SyncError what a hook throws; then nothing was changed
 */
export const stepMigration = async (
  workspace: Workspace,
  migration: Migration,
  bringing: BringingUp,
): Promise<Migration | undefined> => {
  const { place } = migration
  const prefix = prefixOf(place)
  const [entries] = await workspace.read([{ scan: prefix, after: place.after, limit: recordsPerStep }])
  const isDropping = migration.isDropping === true
  if (isDropping) await drop(workspace, place, entries)
  else await bringUp(workspace, bringing, place, entries)
  const after = entries.length < recordsPerStep ? undefined : entries.at(-1)?.key
  if (after === undefined && isDropping && place.kind === 'staged') await refetch(workspace, place.scope)
  const next = after === undefined ? placeAfter(await scopesIn(workspace), place) : { ...place, after }
  const reached = next && { ...migration, place: next, done: migration.done + entries.length }
  putMigration(workspace, reached)
  return reached
}

const prefixOf = ({ kind, scope }: MigrationPlace): string => {
  switch (kind) {
    case 'records':
      return recordsPrefix(scope)
    case 'staged':
      return stagePrefix(scope)
    case 'dead':
      return deadPrefix(scope)
  }
}

const bringUp = async (
  workspace: Workspace,
  bringing: BringingUp,
  { kind, scope }: MigrationPlace,
  entries: readonly Entry[],
): Promise<void> => {
  const addresses = entries.flatMap(({ key }) => recordAddressOf(key) ?? [])
  switch (kind) {
    case 'records': {
      const operations = await readForBringUp(workspace, addresses)
      for (const [index, address] of addresses.entries())
        await bringUpRecord(workspace, bringing, address, operations[index] ?? [])
      return
    }
    case 'staged':
      for (const { key, value } of entries) {
        const { base } = recordEntry.decode(value)
        const collection = recordAddressOf(key)?.collection
        if (base === undefined || collection === undefined) continue
        const raised = await bringUpRow(bringing, collection, base)
        workspace.put(key, recordEntry.encode({ ...noRecord, base: raised }))
      }
      return
    case 'dead': {
      const keys = entries.map((entry) => doneKey(scope, localSeqIn(deadPrefix(scope), entry)))
      const letters = operationsOf(await workspace.read(keys.map((key) => ({ get: key }))))
      for (const letter of letters) {
        const raised = await bringUpOperation(bringing, letter, new Map())
        workspace.put(doneKey(scope, letter.localSeq), operationEntry.encode(raised))
      }
    }
  }
}

/** What the server has is fetched anew; what this device made stays, as it was made. */
const drop = async (
  workspace: Workspace,
  { kind }: MigrationPlace,
  entries: readonly Entry[],
): Promise<void> => {
  if (kind === 'staged') for (const { key } of entries) workspace.remove(key)
  if (kind !== 'records') return
  const addresses = entries.flatMap(({ key }) => recordAddressOf(key) ?? [])
  await readForBringUp(workspace, addresses)
  for (const address of addresses)
    putRecord(workspace, address, { ...recordIn(workspace, address), base: undefined, shown: undefined })
}

const refetch = async (workspace: Workspace, scope: string): Promise<void> => {
  await workspace.read([{ get: logKey(scope) }, { get: cursorKey(scope) }, { get: stagingKey(scope) }])
  const head = storedLogHead(workspace, scope)
  const { resetting = 'schema_incompatible' } = head
  putLogHead(workspace, scope, { ...head, resetting, folding: undefined })
  renewCursor(workspace, scope)
  const { generation } = stagingIn(workspace, scope)
  workspace.put(stagingKey(scope), stagingEntry.encode({ kind: 'idle', generation }))
}

const stagingIn = (workspace: Workspace, scope: string): Staging => {
  const stored = workspace.value(stagingKey(scope))
  return stored === undefined ? nothingStaged : stagingEntry.decode(stored)
}

/** True where nobody can bring the records up. */
export const isIncompatible = (error: unknown): boolean =>
  hasCode(error, 'RESET_REQUIRED') && error.details.reason === 'schema_incompatible'
