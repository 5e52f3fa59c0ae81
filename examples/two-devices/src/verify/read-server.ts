import { decodePortable } from '@holdfast/core/protocol'
import Database from 'better-sqlite3'
import { z } from 'zod'
import type { ServerEvidence } from './evidence.ts'

const rows = z.array(
  z.object({
    version: z.number(),
    updated_by: z.string(),
    data: z.string().transform((text) => decodePortable(text)),
  }),
)

const task = z.object({
  id: z.string(),
  title: z.string(),
  owner: z.string(),
  note: z.string(),
  priority: z.number(),
})

/** Looks into the server's file past the server: what is committed there is what counts. */
export const readServer = (filename: string): ServerEvidence => {
  const database = new Database(filename, { readonly: true })
  try {
    const records = database
      .prepare('SELECT version, updated_by, data FROM holdfast_records WHERE NOT deleted ORDER BY record_id')
      .all()
    const operations = database.prepare('SELECT operation_id AS id FROM holdfast_operations').all()
    return {
      tasks: rows
        .parse(records)
        .map(({ version, updated_by: updatedBy, data }) => ({ ...task.parse(data), version, updatedBy })),
      operations: z
        .array(z.object({ id: z.string() }))
        .parse(operations)
        .map(({ id }) => id),
    }
  } finally {
    database.close()
  }
}
