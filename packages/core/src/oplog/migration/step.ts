import type { Entry } from '../../storage/contract.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { noRecord, operationEntry, recordEntry } from '../entries.ts'
import { deadPrefix, doneKey, recordAddressOf, recordsPrefix, stagePrefix, stagingKey } from '../keys.ts'
import { putLogHead, storedLogHead } from '../log.ts'
import { putRecord, recordIn } from '../records.ts'
import { stagingEntry } from '../staging/entry.ts'
import { localSeqIn, operationsOf } from '../stored.ts'
import { bringUpRecord, readForBringUp } from './bring-up-record.ts'
import { bringUpOperation, bringUpRow, type BringingUp } from './bring-up.ts'
import { refetch } from './refetch.ts'
import { placeAfter, putMigration, scopesIn, type Migration, type MigrationPlace } from './state.ts'

const recordsPerStep = 100

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
  if (after === undefined && isDropping && place.kind === 'staged') await endDropping(workspace, place.scope)
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

/** All rows are gone. */
const endDropping = async (workspace: Workspace, scope: string): Promise<void> => {
  const { generation } = await refetch(workspace, scope)
  putLogHead(workspace, scope, { ...storedLogHead(workspace, scope), folding: undefined })
  workspace.put(stagingKey(scope), stagingEntry.encode({ kind: 'idle', generation }))
}
