#!/usr/bin/env node
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { applyMigrations, type MigrationOptions } from '../store/prisma/migrate/apply-migrations.ts'

interface Target {
  /** As it is shown: without the password. */
  readonly name: string
  readonly adapter: MigrationOptions['adapter']
}

/** Each adapter is an optional dependency of this package: only the one that is needed is loaded. */
const postgresql = async (url: string): Promise<Target> => {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const { host, pathname } = new URL(url)
  return { name: host + pathname, adapter: new PrismaPg(url) }
}

const sqlite = async (url: string): Promise<Target> => {
  const { PrismaBetterSqlite3 } = await import('@prisma/adapter-better-sqlite3')
  // A package script runs in the package's folder; paths mean the caller's.
  const name = resolve(process.env['INIT_CWD'] ?? process.cwd(), url.replace(/^file:/, ''))
  return { name, adapter: new PrismaBetterSqlite3({ url: `file:${name}` }) }
}

const { values } = parseArgs({ options: { url: { type: 'string' } } })
const given = values.url ?? process.env['DATABASE_URL'] ?? 'file:./dev.db'
const { name, adapter } = await (/^postgres(ql)?:/.test(given) ? postgresql(given) : sqlite(given))
const applied = await applyMigrations({ adapter })
process.stdout.write(
  applied.length === 0 ? `${name} is up to date.\n` : `${name}: applied ${applied.join(', ')}.\n`,
)
