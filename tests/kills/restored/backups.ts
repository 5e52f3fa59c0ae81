import { cpSync, existsSync, rmSync } from 'node:fs'
import { Client } from 'pg'
import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'

/** One backup of a server's database. While it is taken or put back, no server runs. */
export interface Backups extends AsyncDisposable {
  readonly save: () => Promise<void>
  readonly restore: () => Promise<void>
  /** Where the server's database is now. */
  readonly url: () => string
}

const sqliteBackups = (filename: string): Backups => {
  // What a killed server had committed may be in the log beside the file.
  const ends = ['', '-wal']
  const move = (from: string, to: string): void => {
    for (const end of [...ends, '-shm']) rmSync(`${to}${end}`, { force: true })
    for (const end of ends) if (existsSync(`${from}${end}`)) cpSync(`${from}${end}`, `${to}${end}`)
  }
  const backup = `${filename}.backup`
  return {
    save: async () => move(filename, backup),
    restore: async () => move(backup, filename),
    url: () => `file:${filename}`,
    // It lies in the folder of the database.
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const postgresqlBackups = (url: string): Backups => {
  const name = new URL(url).pathname.slice(1)
  const backup = `${name}_backup`
  const execute = async (...statements: readonly string[]): Promise<void> => {
    const server = new URL(url)
    server.pathname = 'postgres'
    const client = new Client(server.href)
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const replace = (from: string, to: string): Promise<void> =>
    execute(
      // A server that was killed may not have been missed yet.
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${from}'`,
      `DROP DATABASE IF EXISTS ${to} WITH (FORCE)`,
      `CREATE DATABASE ${to} TEMPLATE ${from}`,
    )
  return {
    save: () => replace(name, backup),
    restore: () => replace(backup, name),
    url: () => url,
    [Symbol.asyncDispose]: () => execute(`DROP DATABASE IF EXISTS ${backup} WITH (FORCE)`),
  }
}

export const backupsOf = ({ url }: TestDatabase): Backups =>
  url.startsWith('file:') ? sqliteBackups(url.slice('file:'.length)) : postgresqlBackups(url)
