import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '@holdfast/core/testing'
import { expect, test } from 'vitest'
import { openPrisma } from '../../examples/existing-server/src/database.ts'
import { serve } from '../../examples/existing-server/src/serve.ts'
import { openDevice, type Device } from '../../examples/existing-server/src/story/device.ts'
import { rowsOf, shownBy } from '../../examples/existing-server/src/story/equal.ts'
import { restOf } from '../../examples/existing-server/src/story/rest.ts'
import { foundDatabase } from '../../examples/existing-server/src/story/tables.ts'
import { createApp } from '../../examples/existing-server/src/with-sync.ts'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { sharedPostgres } from '../../packages/server/test/support/shared-postgres.ts'
import { figure } from '../harness/figure.ts'
import { actsOf, answerAll } from './acts.ts'

const people = [
  { name: 'a', user: 'ada', teams: ['north'], own: 'north' },
  { name: 'b', user: 'ben', teams: ['north', 'south'], own: undefined },
  { name: 'c', user: 'cyd', teams: ['north'], own: 'north' },
  { name: 'd', user: 'ada', teams: ['south'], own: 'south' },
] as const

const steps = Number(process.env['HOLDFAST_STEPS'] ?? 30)

test.each(databaseNames)(
  '[FW12] [P02] routes, SQL, Prisma and devices write the same invoices at random, on %s: all devices end with what the rows say',
  { timeout: 240_000 },
  async (database) => {
    const seed = process.env['HOLDFAST_SEED'] ?? '15'
    const random = createSeededRandom(`${seed}${database}`)
    await using closing = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-mapped-story-'))
    closing.defer(() => rm(folder, { recursive: true, force: true }))
    const url =
      database === 'SQLite'
        ? `file:${join(folder, 'app.db')}`
        : (await (await sharedPostgres()).createEmpty()).url
    await foundDatabase(url)
    const db = openPrisma(url)
    closing.defer(() => db.$disconnect())
    await db.member.updateMany({ data: { role: 'manager' } })
    await db.member.create({ data: { teamId: 'south', userId: 'ada', role: 'manager' } })
    await db.customer.createMany({
      data: ['north', 'south'].map((team) => ({ id: `c-${team}`, teamId: team, name: team })),
    })
    const server = await serve(createApp, url)
    closing.defer(() => server.stop())
    const devices: [Device, string | undefined][] = []
    for (const { name, user, teams, own } of people) {
      const filename = join(folder, `${name}.db`)
      const isConnected = name === 'c'
      const device = await openDevice({
        name,
        user,
        teams,
        url: server.url,
        filename,
        onAnswer: () => undefined,
        isConnected,
      })
      closing.defer(() => device.close())
      devices.push([device, own])
    }

    const acts = actsOf({ random, db, rest: restOf(server.url, 'ben'), devices })
    let failed = 0
    for (let step = 0; step < steps; step += 1) {
      const chosen = Array.from({ length: 1 + Math.floor(random.next() * 5) }, () =>
        Math.floor(random.next() * acts.length),
      )
      // Many of them can't succeed: what they are about is gone, or somebody else has the row.
      const done = await Promise.allSettled(chosen.map(async (index) => acts[index]?.()))
      failed += done.filter(({ status }) => status === 'rejected').length
    }
    // Answers make operations, which may be asked about in turn.
    for (let round = 0; round < 6; round += 1) {
      for (const [device] of devices) {
        await device.sync()
        await answerAll(device, 'mine')
      }
    }
    for (let round = 0; round < 2; round += 1) for (const [device] of devices) await device.sync()

    for (const [index, [device]] of devices.entries()) {
      expect(await shownBy(device)).toBe(await rowsOf(db, people[index]?.teams ?? []))
    }
    expect(await db.$queryRaw`SELECT * FROM holdfast_touched`).toEqual([])
    const count = await db.invoice.count()
    figure(
      `${database}, seed ${seed}: ${steps} steps, ${failed} acts that could not be done, ${count} invoices, the same on 4 devices`,
    )
  },
)
