import { systemEnvironment } from '@holdfast/core'
import { prismaStore } from '@holdfast/server/prisma'
import { expect, test } from 'vitest'
import { createSqliteDatabase } from '../support/databases.ts'

test('[HX8] between transactions that wait for each other the event loop turns, once ten milliseconds are over', async () => {
  const { prisma, close } = await createSqliteDatabase()
  let time = 0
  const clock = { ...systemEnvironment.clock, monotonic: () => (time += 11) }
  const store = prismaStore(prisma, { environment: { ...systemEnvironment, clock } })
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
