import { appendFileSync, globSync, readFileSync } from 'node:fs'

/** What LevelDB writes first of a record: no matter which checksum, a length of 200 bytes, and that it is whole. */
const header = Buffer.from([1, 2, 3, 4, 200, 0, 1])

/**
 * Leaves what a kill amid a write leaves: LevelDB writes a record's header and its bytes one after the other, and of the
 * bytes only some have come.
 * @param profile of a Chromium that does not run; it has to have an IndexedDB
 */
export const tearLog = (profile: string): void => {
  const logs = globSync('*/IndexedDB/*.leveldb/*.log', { cwd: profile })
  if (logs.length === 0) throw new Error(`${profile} has no log of LevelDB.`)
  for (const log of logs) appendFileSync(`${profile}/${log}`, Buffer.concat([header, Buffer.alloc(20, 7)]))
}

/** Whether LevelDB has put what a former log had into a table since Chromium was started. It says so in a file of its own. */
export const hasNewLog = (profile: string): boolean =>
  globSync('*/IndexedDB/*.leveldb/LOG', { cwd: profile }).some((told) =>
    readFileSync(`${profile}/${told}`, 'utf8').includes('Delete type=0'),
  )
