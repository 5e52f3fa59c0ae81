import { decodePortable, encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import type { RecordData } from '../model/record.ts'
import { isNewerMajor, isNewerVersion } from '../model/version.ts'
import { isIncompatible } from '../oplog/migration/incompatible.ts'
import type { Change } from '../protocol/pull.ts'
import type { CycleContext } from './cycle-context.ts'

/**
 * Records of a schema that is not this device's come whole: those of an older server are brought up, those of a newer
 * one stay as they are, with their version.
 * @throws SyncError UPGRADE_REQUIRED (a newer major version), or what a hook throws
 */
export const bringUpChanges = async (
  { hooks, schema }: Pick<CycleContext, 'hooks' | 'schema'>,
  changes: readonly Change[],
): Promise<readonly Change[]> => {
  if (changes.every(({ schemaVersion }) => schemaVersion === undefined)) return changes
  const to = schema.version
  const ready: Change[] = []
  for (const given of changes) {
    const { schemaVersion: from, ...change } = given
    if (from !== undefined && isNewerMajor(from, to)) throw unreadable(from, to)
    if (from === undefined || isNewerVersion(from, to)) ready.push(given)
    else if (change.kind !== 'record' || !isNewerVersion(to, from)) ready.push(change)
    else {
      const record = decodePortable(change.data) as RecordData
      const migration = { collection: change.collection, from, to, record }
      const raised = await hooks.waterfall('migrateRecord', migration).catch((error: unknown) => {
        throw isIncompatible(error) ? tooOld(from, to) : error
      })
      ready.push({ ...change, data: encodePortable(raised.record) })
    }
  }
  return ready
}

const tooOld = (theirs: string, own: string): SyncError<'UPGRADE_REQUIRED'> =>
  new SyncError(
    'UPGRADE_REQUIRED',
    `The server still has version ${theirs} of this app, which ${own} can't bring up; update the server.`,
    { side: 'server', supported: [] },
  )

const unreadable = (theirs: string, own: string): SyncError<'UPGRADE_REQUIRED'> =>
  new SyncError(
    'UPGRADE_REQUIRED',
    `The server has records of version ${theirs} of this app, this is ${own}; update the app.`,
    { side: 'client', supported: [] },
  )
