import { failed } from './failures.ts'
import { exec, single, transaction, type Program } from './program.ts'

/** Raised by each change that older code can't read. */
const layoutVersion = 1

/** 'HOLD' in ASCII: tells our files from those of other programs. */
const applicationId = 0x48_4f_4c_44

/** Ids are never given twice, so a handle that outlives its database can't write into the next one of that name. */
const tables = [
  `CREATE TABLE databases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL
  )`,
  `CREATE TABLE entries (
    db INTEGER NOT NULL,
    key TEXT NOT NULL,
    value ANY NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (db, key)
  ) STRICT, WITHOUT ROWID`,
  `PRAGMA application_id = ${applicationId}`,
  `PRAGMA user_version = ${layoutVersion}`,
]

/** Makes the tables, unless another process was faster. */
export const prepareLayout = (filename: string): Program<void> =>
  transaction('write', function* () {
    if (yield* isNewFile()) yield* exec(...tables)
    else yield* assertLayout(filename)
  })

export function* isNewFile(): Program<boolean> {
  return Number(yield* single('SELECT count(*) FROM sqlite_schema')) === 0
}

export function* assertLayout(filename: string): Program<void> {
  if (Number(yield* single('PRAGMA application_id')) !== applicationId) {
    throw failed(
      filename,
      'Give sqliteStorage a filename of its own.',
      'this file belongs to another program',
    )
  }
  const version = Number(yield* single('PRAGMA user_version'))
  if (version > layoutVersion) {
    const reason = `its layout has version ${version}, and this version of Holdfast knows ${layoutVersion} only`
    throw failed(filename, 'Update the app; the file was left as it is.', reason)
  }
}
