import type { SqliteConnection } from './driver.ts'
import { failed } from './failures.ts'

/** Raised by each change that older code can't read. */
const layoutVersion = 1

/** 'HOLD' in ASCII: tells our files from those of other programs. */
const applicationId = 0x48_4f_4c_44

/** Ids are never given twice, so a handle that outlives its database can't write into the next one of that name. */
const tables = `
  CREATE TABLE databases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL
  );
  CREATE TABLE entries (
    db INTEGER NOT NULL,
    key TEXT NOT NULL,
    value ANY NOT NULL,
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (db, key)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layoutVersion};
`

const numberOf = (connection: SqliteConnection, sql: string): number => {
  const row = connection.prepare(sql).get()
  return typeof row === 'object' && row !== null ? Number(Object.values(row)[0]) : 0
}

/** Makes the tables, unless another process was faster. A failure ends with the connection, which rolls back. */
export const prepareLayout = (connection: SqliteConnection, filename: string): void => {
  connection.exec('BEGIN IMMEDIATE')
  if (isNewFile(connection)) connection.exec(tables)
  else assertLayout(connection, filename)
  connection.exec('COMMIT')
}

export const isNewFile = (connection: SqliteConnection): boolean =>
  numberOf(connection, 'SELECT count(*) FROM sqlite_schema') === 0

export const assertLayout = (connection: SqliteConnection, filename: string): void => {
  if (numberOf(connection, 'PRAGMA application_id') !== applicationId) {
    throw failed(
      filename,
      'Give sqliteStorage a filename of its own.',
      'this file belongs to another program',
    )
  }
  const version = numberOf(connection, 'PRAGMA user_version')
  if (version > layoutVersion) {
    const reason = `its layout has version ${version}, and this version of Holdfast knows ${layoutVersion} only`
    throw failed(filename, 'Update the app; the file was left as it is.', reason)
  }
}
