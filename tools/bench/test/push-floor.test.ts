import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createSqliteDatabase } from '../../../packages/server/test/support/databases.ts'
import { statementsOf } from '../push-floor.ts'
import { loadClients } from '../push-load.ts'

test('what the floor of a push writes fits the tables as they are', async () => {
  const { url, close } = await createSqliteDatabase()
  const database = new Database(url.replace('file:', ''))
  const [client] = loadClients(() => 'team-1')
  if (client === undefined) throw new Error('There is no load.')
  const changed = statementsOf(client, 0).map(({ text, values }) => {
    const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : value))
    return database.prepare(text(() => '?')).run(bound).changes
  })
  expect(changed.every((rows) => rows > 0)).toBe(true)
  database.close()
  await close()
})
