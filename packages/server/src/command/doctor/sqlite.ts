import type { SqlRunner } from '../../store/prisma/client.ts'
import { isTransient } from '../../store/prisma/transient.ts'
import { execute, query, sql } from '../../store/prisma/sql.ts'
import { sentenceOf } from '../database/failure.ts'
import { error, ok, warning, type Check } from './check.ts'

export const checkJournal = async (db: SqlRunner): Promise<Check> => {
  const [row] = await query<{ readonly journal_mode: string }>(db, sql`PRAGMA journal_mode`)
  return row?.journal_mode === 'wal'
    ? ok('journal', 'WAL')
    : warning(
        'journal',
        `${row?.journal_mode ?? 'unknown'}: readers and the writer wait for each other`,
        'run holdfast migrate, which sets WAL, while nothing else has the file open',
      )
}

/** Takes the one write lock of the file and gives it back. */
export const checkWriteLock = async (db: SqlRunner): Promise<Check> => {
  try {
    await execute(db, sql`BEGIN IMMEDIATE`)
    await execute(db, sql`ROLLBACK`)
    return ok('writable', 'the write lock is to be had')
  } catch (failure) {
    return isTransient(failure)
      ? warning(
          'writable',
          'another process has held the write lock for 5 seconds',
          'find it (a database browser, a job, a second server) and let it write in short transactions: nobody else can meanwhile',
        )
      : error('writable', sentenceOf(failure), 'let the server write the file and its folder')
  }
}
