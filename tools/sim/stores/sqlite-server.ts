import { globSync, readFileSync } from 'node:fs'
import type { Environment } from '@holdfast/core'
import type { ServerStore } from '@holdfast/server'
import { prismaStore } from '@holdfast/server/prisma'
import Database from 'better-sqlite3'
import { prismaDouble } from './prisma-double.ts'
import { steppingStore, type OnServerStep } from './stepping-store.ts'
import { createTurns } from './turns.ts'

export interface ServerProcessParts {
  readonly onStep: OnServerStep
  readonly environment: Environment
}

/** Gives each process of a world a store over the one database of that world. */
export type OpenServerStore = (parts: ServerProcessParts) => ServerStore<undefined>

const migrations = `${import.meta.dirname}/../../../packages/server/prisma/sqlite/migrations/*/migration.sql`

/** The tables, made once and copied for each world. */
let tables: Buffer | undefined

const openTables = (): Database.Database => {
  if (tables === undefined) {
    const fresh = new Database(':memory:')
    for (const file of globSync(migrations).toSorted()) fresh.exec(readFileSync(file, 'utf8'))
    tables = fresh.serialize()
    fresh.close()
  }
  return new Database(tables)
}

/** The Prisma store on a SQLite database in memory. */
export const sqliteServer = (): OpenServerStore => {
  const database = openTables()
  const prisma = prismaDouble(database)
  const turns = createTurns()
  return ({ onStep, environment }) =>
    steppingStore(prismaStore(prisma, { provider: 'sqlite', environment }), turns, onStep)
}
