import { SyncError } from '@holdfast/core'
import type { SqlRunner } from '../../store/prisma/client.ts'
import {
  dropTriggerStatements,
  triggerStatements,
  type TriggeredTable,
} from '../../store/prisma/models/triggers.ts'
import { identifier, query, sql } from '../../store/prisma/sql.ts'
import type { Request } from '../arguments.ts'
import type { CommandContext, ExitCode } from '../context.ts'
import { sentenceOf } from '../database/failure.ts'
import { openDatabase } from '../database/open.ts'
import { findSchema } from '../init/find-schema.ts'
import { providerOf } from '../init/merge-schema.ts'
import { schemaModels } from '../schema/app-models.ts'
import { readFiles } from '../schema/read-files.ts'
import { printable } from '../text.ts'
import { mappedTables } from './mapped-tables.ts'

type TriggersCommand = Request & { readonly kind: 'triggers' }

/** `holdfast triggers`. */
export const triggers = async (
  { names, schema, action }: TriggersCommand,
  { cwd, print }: CommandContext,
): Promise<ExitCode> => {
  const files = await readFiles(cwd, await findSchema(cwd, schema))
  const provider = providerOf(files)
  const tables = mappedTables(
    files.flatMap(({ text }) => schemaModels(text)),
    names,
  )
  if (action.kind === 'print') {
    for (const table of tables) print(triggerStatements(provider, table).map(asText).join('\n'))
    return 0
  }
  const { target } = action
  if (target.provider !== provider) {
    const message = `The schema is for ${provider} and the URL for ${target.provider}: give the one that fits with --url.`
    throw new SyncError('MISCONFIGURED', message, { option: 'url' })
  }
  await using database = await openDatabase(target)
  const makes = action.kind === 'apply'
  await database.client.$transaction(async (db) => {
    if (makes) await assertMarksTable(db)
    for (const table of tables) {
      if (makes) await assertTable(db, table)
      const statements = makes ? triggerStatements(provider, table) : dropTriggerStatements(provider, table)
      for (const statement of statements) await run(db, statement)
    }
  })
  const list = tables.map(({ collection, table }) => `${printable(collection)} (${table})`).join(', ')
  print(`${target.name}: ${makes ? 'made' : 'removed'} the triggers of ${list}.\n`)
  return 0
}

const asText = (statement: string): string => `${statement};\n`

const run = (db: SqlRunner, statement: string): PromiseLike<number> =>
  db.$executeRaw(Object.assign([statement], { raw: [statement] }))

/** Triggers that can't leave their marks would make every write of the app fail. */
const assertMarksTable = async (db: SqlRunner): Promise<void> => {
  await query(db, sql`SELECT collection, record_id, mark FROM holdfast_touched WHERE 1 = 0`)
}

const assertTable = async (
  db: SqlRunner,
  { table, databaseSchema, idColumn }: TriggeredTable,
): Promise<void> => {
  const place = databaseSchema === undefined ? sql`` : sql`${identifier(databaseSchema)}.`
  try {
    await query(
      db,
      sql`SELECT marked.${identifier(idColumn)} FROM ${place}${identifier(table)} AS marked WHERE 1 = 0`,
    )
  } catch (error) {
    const message = `The database has no table ${table} with a column ${idColumn} (${sentenceOf(error).replace(/\.$/, '')}): apply the migrations of your app first.`
    throw new SyncError('MISCONFIGURED', message, { option: 'url' }, { cause: error })
  }
}
