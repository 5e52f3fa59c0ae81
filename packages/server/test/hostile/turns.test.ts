import { expect, test } from 'vitest'
import { createSqliteDatabase } from '../support/databases.ts'

test('[HX8] between transactions that wait for each other the event loop turns', async () => {
  const { store, close } = await createSqliteDatabase()
  let turns = 0
  let isOver = false
  const turn = (): void => {
    turns += 1
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const seen = await Promise.all(Array.from({ length: 20 }, () => store.write('team-1', async () => turns)))
  isOver = true
  expect(new Set(seen).size).toBeGreaterThanOrEqual(19)
  await close()
})
