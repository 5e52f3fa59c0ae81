import { setTimeout as pause } from 'node:timers/promises'
import { increment } from '@holdfast/core'
import { startCapture } from '@holdfast/server'
import { inProcessBroadcaster } from '@holdfast/server/broadcasters'
import { installTriggers } from '@holdfast/server/prisma'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../support/stores.ts'
import { dataOf, kinds } from '../support/world.ts'
import { models, useMapped } from './app.ts'
import { invoice, line, update } from './sketches.ts'

const ctx = { user: { id: 'u-1' } }

/** SQLite has one writer: whoever comes meanwhile tries again. */
const patiently = async (write: () => Promise<unknown>): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await write()
      return
    } catch (error) {
      if (tries === 200) throw error
      await pause(5)
    }
  }
}

describe.each(databaseNames)('%s', (name) => {
  const start = useMapped(name)

  test('[FW12] of writes past the API and pushes at the same time none is lost, and none overwritten unseen', async () => {
    const { prisma, sql, client, handlers, another } = await start()
    await installTriggers(prisma, { models })
    const first = client('c-0')
    await first.push(
      invoice(first, 'i-1', { units: 0n }),
      line(first, 'l-1', 'i-1'),
      line(first, 'l-2', 'i-1'),
    )

    const rounds = 40
    const admin = async (): Promise<void> => {
      for (let round = 1; round <= rounds; round += 1) {
        await patiently(() => sql(`UPDATE invoices SET units = units + 1, title = 'admin ${round}'`))
        await patiently(() => sql(`UPDATE invoice_lines SET quantity = quantity + 1`))
      }
    }
    const server = async (sync: typeof handlers, id: string): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await sync.write(ctx, 'team-1', ({ records }) =>
          records.update('lines', id, { quantity: increment(100) }),
        )
      }
    }
    const seen: number[] = []
    const device = client('c-1')
    const edits = async (): Promise<void> => {
      for (let round = 1; round <= rounds; round += 1) {
        const page = await device.pull()
        for (const { id, version } of page.changes) if (id === 'i-1') seen.push(version)
        const answer = await device.push(update(device, 'i-1', { rate: round }, seen.at(-1) ?? 1))
        expect(kinds(answer)[0]).toMatch(/applied|merged|conflict/)
      }
    }
    const other = another()
    const stop = startCapture(other, { everyMs: 20 })
    await Promise.all([admin(), server(handlers, 'l-1'), server(other, 'l-2'), server(other, 'l-1'), edits()])
    await stop()
    await handlers.capture()

    const [row] = await prisma.invoice.findMany()
    expect(row).toMatchObject({ units: BigInt(rounds), title: `admin ${rounds}`, rate: rounds })
    const lines = await prisma.invoiceLine.findMany({ orderBy: { ref: 'asc' } })
    expect(lines.map(({ quantity }) => quantity)).toEqual([201 * rounds, 101 * rounds])
    const { rows } = await client('c-9').snapshot()
    const records = rows.map(({ data }) => JSON.parse(data) as Record<string, unknown>)
    expect(records).toMatchObject([
      { title: `admin ${rounds}`, rate: rounds },
      { quantity: 201 * rounds },
      { quantity: 101 * rounds },
    ])
    expect(seen).toEqual(seen.toSorted((left, right) => left - right))
  })

  test('[FW13] live streams hear of what was written past the API', async () => {
    const broadcaster = inProcessBroadcaster()
    const { prisma, sql, client, handlers } = await start({ broadcaster })
    await installTriggers(prisma, { models })
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'))
    const heard = new Promise<unknown>((resolve) => {
      broadcaster.subscribe({ onHint: resolve, onGap: () => undefined, onClose: () => undefined })
    })
    const stop = startCapture(handlers, { everyMs: 20 })
    await sql(`UPDATE invoices SET title = 'by admin'`)
    expect(await heard).toEqual({ scope: 'team-1', head: 2 })
    await stop()
    expect(dataOf((await device.pull()).changes.find(({ id }) => id === 'i-1'))).toMatchObject({
      title: 'by admin',
    })
  })
})

describe('PostgreSQL', () => {
  const startMapped = useMapped('PostgreSQL')

  test('[FW12] a transaction that somebody leaves open holds up operations on its own rows alone', async () => {
    const { prisma, client, handlers } = await startMapped()
    await installTriggers(prisma, { models })
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), invoice(device, 'i-2'))
    await prisma.$executeRaw`UPDATE invoices SET title = 'marked' WHERE id = 'i-1'`
    let end: () => void = () => undefined
    let isOpen: () => void = () => undefined
    const opened = new Promise<void>((resolve) => (isOpen = resolve))
    const open = prisma.$transaction(
      async (tx) => {
        await tx.invoice.update({ where: { id: 'i-1' }, data: { title: 'by REST', paid: true } })
        isOpen()
        await new Promise<void>((resolve) => (end = resolve))
      },
      { timeout: 30_000 },
    )
    await opened

    const operations = [
      update(device, 'i-1', { title: 'by device' }),
      update(device, 'i-2', { title: 'by device' }),
      line(device, 'l-1', 'i-1'),
    ]
    const began = performance.now()
    const answer = await device.push(...operations)
    expect(answer.results.map(({ kind }) => kind)).toEqual(['retry', 'applied', 'applied'])
    // What was marked before waits, and stays marked.
    await handlers.capture()
    expect(performance.now() - began).toBeLessThan(10_000)
    end()
    await open
    const [waited] = (await device.push(...operations)).results
    expect(waited).toMatchObject({ kind: 'conflict', fields: ['title'], updatedBy: '$server' })
    expect(await prisma.$queryRaw`SELECT * FROM holdfast_touched`).not.toEqual([])
    await handlers.capture()
    expect(await prisma.$queryRaw`SELECT * FROM holdfast_touched`).toEqual([])
    expect(await prisma.invoice.findUnique({ where: { id: 'i-1' } })).toMatchObject({
      title: 'by REST',
      paid: true,
    })
  })
})
