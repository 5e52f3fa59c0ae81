import type { SqlRunner } from '@holdfast/server/prisma'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../support/databases.ts'
import { databaseNames, databases } from '../support/stores.ts'
import { create, createWorld, silent } from '../support/world.ts'

const opened: TestDatabase[] = []
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
})

describe.each(databaseNames)('%s', (name) => {
  test('[PL7] regression: a beforeApply that went on after its time wrote into what its strangers committed', async () => {
    const database = await databases[name]()
    opened.push(database)
    const { prisma, store } = database
    await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS audit (entry TEXT)`
    await prisma.$executeRaw`DELETE FROM audit`
    const late: Promise<unknown>[] = []
    let lookOn = (): void => undefined
    const isOver = new Promise<void>((resolve) => {
      lookOn = resolve
    })
    const write = async (tx: SqlRunner): Promise<unknown> =>
      tx.$executeRaw`INSERT INTO audit (entry) VALUES ('late')`
    const world = createWorld<SqlRunner>(store, {
      logger: silent,
      limits: { hookMs: 20 },
      plugins: [
        {
          name: 'audit',
          server: {
            beforeApply: async ({ tx, operation }) => {
              // The stranger comes later in the same transaction.
              if (operation.recordId === 'stranger') {
                lookOn()
                await Promise.all(late)
              }
              if (operation.recordId !== 'slow') return
              late.push(isOver.then(() => write(tx)).catch((error: unknown) => error))
              await new Promise(() => undefined)
            },
          },
        },
      ],
    })
    const client = world.client('a')
    const answer = await client.push(
      create(client, 'slow', { title: 'one' }),
      create(client, 'stranger', { title: 'two' }),
    )
    expect(answer.results).toMatchObject([{ kind: 'retry', code: 'PLUGIN_FAILED' }, { kind: 'applied' }])
    expect(await prisma.$queryRaw`SELECT entry FROM audit`).toEqual([])
  })
})
