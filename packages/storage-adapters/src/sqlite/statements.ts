/** Each is prepared once per connection. No RETURNING: what a phone's bridge makes of it differs. */
export const statements = {
  get: 'SELECT key, value, revision, checksum FROM entries WHERE db = ? AND key = ?',
  scanUp:
    'SELECT key, value, revision, checksum FROM entries WHERE db = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
  scanDown:
    'SELECT key, value, revision, checksum FROM entries WHERE db = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?',

  keyRevision: 'SELECT revision FROM entries WHERE db = ? AND key = ?',
  raise: 'UPDATE databases SET revision = revision + 1 WHERE id = ?',
  // One row for each statement: lists of rows measured slower with both of Node's libraries.
  put: `INSERT INTO entries (db, key, value, revision, checksum) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (db, key) DO UPDATE
    SET value = excluded.value, revision = excluded.revision, checksum = excluded.checksum`,
  remove: 'DELETE FROM entries WHERE db = ? AND key = ?',

  find: 'SELECT id FROM databases WHERE name = ?',
  enter: 'INSERT INTO databases (name, revision) VALUES (?, 0) ON CONFLICT (name) DO NOTHING',
  revision: 'SELECT revision FROM databases WHERE id = ?',
  removeAll: 'DELETE FROM entries WHERE db = ?',
  leave: 'DELETE FROM databases WHERE id = ?',
  // The log may still hold the pages as they were before the removal.
  truncateLog: 'PRAGMA wal_checkpoint(TRUNCATE)',
} as const
