#!/usr/bin/env node
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { applyMigrations } from '../store/prisma/migrate/apply-migrations.ts'

const { values } = parseArgs({ options: { url: { type: 'string' } } })
const given = values.url ?? process.env['DATABASE_URL'] ?? 'file:./dev.db'

// A package script runs in the package's folder; paths mean the caller's.
const file = resolve(process.env['INIT_CWD'] ?? process.cwd(), given.replace(/^file:/, ''))
const applied = await applyMigrations({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) })
process.stdout.write(
  applied.length === 0 ? `${file} is up to date.\n` : `${file}: applied ${applied.join(', ')}.\n`,
)
