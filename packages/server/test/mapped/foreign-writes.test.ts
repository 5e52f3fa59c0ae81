import { increment } from '@holdfast/core'
import { installTriggers, removeTriggers, triggerSql } from '@holdfast/server/prisma'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../support/stores.ts'
import { createTestClient, dataOf, kinds } from '../support/world.ts'
import { models, useMapped, type MappedWorld } from './app.ts'
import { changeOf, invoice, line, move, update } from './sketches.ts'

const ctx = { user: { id: 'u-1' } }

describe.each(databaseNames)('%s', (name) => {
  const startPlain = useMapped(name)
  const start: typeof startPlain = async (options) => {
    const world = await startPlain(options)
    await installTriggers(world.prisma, { models })
    return world
  }
  const marks = async ({ prisma }: MappedWorld): Promise<number> => {
    const [row] = await prisma.$queryRaw<{ count: bigint }[]>`
      SELECT COUNT(*) AS count FROM (SELECT DISTINCT collection, record_id FROM holdfast_touched) AS records`
    return Number(row?.count)
  }

  test('[FW1] an edit that did not see a write past the API meets it, without any marks', async () => {
    const { prisma, client } = await startPlain()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1', { paid: false }))
    await device.pullAll()
    await prisma.invoice.update({ where: { id: 'i-1' }, data: { title: 'by REST' } })

    const answer = await device.push(
      update(device, 'i-1', { title: 'by device' }),
      update(device, 'i-1', { paid: true }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'conflict', fields: ['title'], serverVersion: 2, updatedBy: '$server' },
      { kind: 'merged', version: 3 },
    ])
    expect(await prisma.invoice.findMany()).toMatchObject([{ title: 'by REST', paid: true }])
  })

  test('[FW2] an admin’s SQL reaches devices, with its version and its fields', async () => {
    const world = await start()
    const { client, sql } = world
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), invoice(device, 'i-2'))
    await device.pullAll()
    expect(await marks(world)).toBe(0)
    await sql(`UPDATE invoices SET title = 'by admin', total = 99.5, internal_note = 'x' WHERE id = 'i-1'`)
    await sql(`DELETE FROM invoices WHERE id = 'i-2'`)
    await sql(
      `INSERT INTO invoices (id, team_id, title, updated_at) VALUES ('i-3', 'team-1', 'new', CURRENT_TIMESTAMP)`,
    )
    const page = await device.pull()
    expect(await marks(world)).toBe(0)
    const edited = changeOf(page, 'i-1')
    expect(edited).toMatchObject({ version: 2, updatedBy: '$server' })
    expect(dataOf(edited)).toEqual({ title: 'by admin', total: '99.5' })
    expect(changeOf(page, 'i-2')).toMatchObject({ kind: 'deleted', version: 2 })
    expect(dataOf(changeOf(page, 'i-3'))).toMatchObject({
      id: 'i-3',
      title: 'new',
      status: 'draft',
      due: null,
    })
    expect(changeOf(page, 'i-3')).toMatchObject({ version: 1 })
  })

  test('[FW3] snapshots and preflights know of it too', async () => {
    const { client, sql } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'))
    await device.pullAll()
    await sql(`UPDATE invoices SET title = 'by admin'`)
    const preflight = await device.preflightRaw([
      { collection: 'invoices', id: 'i-1', baseVersion: 1, fields: ['title'] },
    ])
    expect(preflight).toMatchObject({ kind: 'answer', conflictRisk: 'HIGH' })
    await sql(`UPDATE invoices SET title = 'again'`)
    const [row] = (await device.snapshot()).rows
    expect(row?.version).toBe(3)
    expect(row?.data).toContain('again')
  })

  test('[FW4] what a push itself writes leaves no mark, but what the database does by it', async () => {
    const world = await start()
    const { client } = world
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), line(device, 'l-1', 'i-1'), line(device, 'l-2', 'i-1'))
    await device.pullAll()
    expect(await marks(world)).toBe(0)
    await device.push(
      device.operation({
        collection: 'invoices',
        recordId: 'i-1',
        type: 'delete',
        value: null,
        baseVersion: 1,
      }),
    )
    expect(await marks(world)).toBe(2)
    const page = await device.pull()
    expect(page.changes.map(({ id, kind }) => `${id} ${kind}`).toSorted()).toEqual([
      'i-1 deleted',
      'l-1 deleted',
      'l-2 deleted',
    ])
  })

  test('[FW4] what a push writes and the database removes in the same push does not live on', async () => {
    const { client, prisma } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'))
    await device.pullAll()
    const removal = { collection: 'invoices', recordId: 'i-1', type: 'delete', value: null, baseVersion: 1 }
    expect(kinds(await device.push(line(device, 'l-1', 'i-1'), device.operation(removal)))).toEqual([
      'applied',
      'applied',
    ])
    expect(await prisma.invoiceLine.count()).toBe(0)
    const page = await device.pull()
    expect(page.changes.map(({ id, kind }) => `${id} ${kind}`).toSorted()).toEqual([
      'i-1 deleted',
      'l-1 deleted',
    ])
  })

  test('[FW5] a row that is given to another scope leaves the one and comes to the other, and may come back', async () => {
    const { client, sql } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'))
    await device.pullAll()
    await sql(`UPDATE invoices SET team_id = 'team-2'`)
    expect((await device.pull()).changes).toMatchObject([{ id: 'i-1', kind: 'deleted', moved: true }])
    const other = client('c-2', 'u-2')
    expect(changeOf(await other.pull({ scope: 'team-2' }), 'i-1')).toMatchObject({ version: 1 })
    // Nobody brings it back by an edit of what is no longer there.
    expect(kinds(await device.push(update(device, 'i-1', { title: 'late' })))).toEqual(['rejected MOVED'])
    await sql(`UPDATE invoices SET team_id = 'team-1'`)
    expect(dataOf(changeOf(await device.pull(), 'i-1'))).toMatchObject({ title: 'first' })
    expect(changeOf(await other.pull({ scope: 'team-2' }), 'i-1')).toMatchObject({
      kind: 'deleted',
      moved: true,
    })
    expect(kinds(await device.push(move(device, 'i-1', 'team-2', 3)))).toEqual(['applied'])
  })

  test('[FW5] what is of its scope by a path goes with it, by SQL as by a move of a device', async () => {
    const { client, sql } = await start()
    const device = client('c-1')
    await device.push(
      invoice(device, 'i-1'),
      invoice(device, 'i-2'),
      line(device, 'l-1', 'i-1'),
      line(device, 'l-2', 'i-2'),
    )
    await device.pullAll()
    await sql(`UPDATE invoices SET team_id = 'team-2' WHERE id = 'i-1'`)
    const gone = (await device.pull()).changes.map(({ id, kind }) => `${id} ${kind}`)
    expect(gone.toSorted()).toEqual(['i-1 deleted', 'l-1 deleted'])
    const other = client('c-2', 'u-2')
    const there = (await other.pull({ scope: 'team-2' })).changes.map(({ id }) => id)
    expect(there.toSorted()).toEqual(['i-1', 'l-1'])
    await device.push(move(device, 'i-2', 'team-2'))
    expect((await device.pull()).changes.map(({ id, kind }) => `${id} ${kind}`).toSorted()).toEqual([
      'i-2 deleted',
      'l-2 deleted',
    ])
    expect((await other.pull({ scope: 'team-2' })).changes.map(({ id }) => id)).toContain('l-2')
    expect((await client('c-3').snapshot()).rows).toEqual([])
  })

  test('[FW6] a row that the schema does not allow is told to nobody but the log, and nothing else waits for it', async () => {
    const { client, sql, errors, prisma } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), invoice(device, 'i-2'))
    await device.pullAll()
    await sql(`UPDATE invoices SET title = '' WHERE id = 'i-1'`)
    await sql(`UPDATE invoices SET title = 'fine' WHERE id = 'i-2'`)
    expect((await device.pull()).changes.map(({ id }) => id)).toEqual(['i-2'])
    expect(errors).toMatchObject([{ recordId: 'i-1', fields: ['title'] }])
    expect(kinds(await device.push(update(device, 'i-1', { paid: true })))).toEqual(['applied'])
    expect(await prisma.invoice.findUnique({ where: { id: 'i-1' } })).toMatchObject({ title: '', paid: true })
  })

  test('[FW6] nor one whose id or scope none of ours can have', async () => {
    const { client, sql, errors } = await start()
    const row = (id: string, team: string): string =>
      `INSERT INTO invoices (id, team_id, title, updated_at) VALUES ('${id}', '${team}', 'a', CURRENT_TIMESTAMP)`
    await sql(`INSERT INTO teams (id, name) VALUES ('${'t'.repeat(200)}', 'long')`)
    await sql(row('with/slash', 'team-1'))
    await sql(row('i-1', 't'.repeat(200)))
    await sql(row('i-2', 'team-1'))
    const device = client('c-1')
    expect((await device.pullAll()).map(({ id }) => id)).toEqual(['i-2'])
    expect(errors).toMatchObject([{ recordId: 'with/slash' }])
  })

  test('[FW7] a field that merges by itself takes the value that somebody wrote past it', async () => {
    const { client, sql, prisma } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), line(device, 'l-1', 'i-1'))
    await sql(`UPDATE invoice_lines SET quantity = 40`)
    const page = await device.pull()
    expect(dataOf(changeOf(page, 'l-1'))).toMatchObject({ quantity: 40 })
    await prisma.invoiceLine.updateMany({ data: { quantity: 41 } })
    const { rows } = await client('c-3').snapshot()
    expect(rows.find(({ id }) => id === 'l-1')?.data).toContain('41')
  })

  test('[FW8] server code that reads a record sees what was written past the API', async () => {
    const { handlers, client, sql } = await startPlain()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'))
    await sql(`UPDATE invoices SET number = 5`)
    const seen = await handlers.write(ctx, 'team-1', async ({ records }) => {
      const record = await records.get('invoices', 'i-1')
      await records.update('invoices', 'i-1', { number: Number(record?.['number']) + 1 })
      return record
    })
    expect(seen).toMatchObject({ number: 5 })
    expect(dataOf(changeOf(await device.pull(), 'i-1'))).toMatchObject({ number: 6 })
  })

  test('[FW9] rows that were there before are adopted, by a backfill that goes on where it ended', async () => {
    const world = await startPlain()
    const { prisma, client, handlers, sql } = world
    await prisma.invoice.createMany({
      data: Array.from({ length: 1234 }, (_, index) => ({
        id: `i-${index}`,
        teamId: index % 2 === 0 ? 'team-1' : 'team-2',
        title: `Invoice ${index}`,
      })),
    })
    const progress: number[] = []
    const stop = handlers.adopt({
      onProgress: (done) => {
        progress.push(done)
        if (done >= 500) throw new Error('the process ends')
      },
    })
    await expect(stop).rejects.toThrow('the process ends')
    expect(progress).toEqual([500])
    expect(await marks(world)).toBe(734)
    await sql(`DELETE FROM invoices WHERE id = 'i-0'`)
    await handlers.adopt()
    expect(await marks(world)).toBe(0)
    const device = client('c-1')
    const changes = await device.pullAll()
    expect(new Set(changes.filter(({ kind }) => kind !== 'deleted').map(({ id }) => id)).size).toBe(616)
    expect(await handlers.adopt({ which: 'unknown' })).toEqual({ marked: 0, records: 0, rows: 0 })
    expect(await handlers.adopt({ which: 'all' })).toMatchObject({ records: 1233 })
    expect((await device.pull()).changes).toEqual([])
  })

  test('[FW9] records from before their collection was mapped get rows, at the latest when they are written', async () => {
    const { prisma, client, another } = await startPlain({ models: {} })
    const device = client('c-1')
    await device.push(
      ...Array.from({ length: 3 }, (_, index) => invoice(device, `i-${index}`, { number: index })),
    )
    expect(await prisma.invoice.count()).toBe(0)
    const mapped = another(models)
    const later = createTestClient(mapped, 'c-2', 'u-1')
    expect(kinds(await later.push(update(later, 'i-1', { title: 'second' })))).toEqual(['applied'])
    expect(await prisma.invoice.findMany()).toMatchObject([{ id: 'i-1', title: 'second', number: 1 }])
    expect(await mapped.adopt({ records: true })).toMatchObject({ rows: 2 })
    expect(await prisma.invoice.findMany({ orderBy: { id: 'asc' } })).toMatchObject([
      { id: 'i-0', teamId: 'team-1', title: 'first', number: 0 },
      { id: 'i-1' },
      { id: 'i-2', number: 2 },
    ])
    expect(await mapped.adopt({ records: true })).toEqual({ marked: 0, records: 0, rows: 0 })
    expect((await later.pullAll()).filter(({ kind }) => kind === 'deleted')).toEqual([])
  })

  test('[FW2] one pull takes in thousands of rows', async () => {
    const { client, prisma } = await start()
    await prisma.invoice.createMany({
      data: Array.from({ length: 1800 }, (_, index) => ({ id: `i-${index}`, teamId: 'team-1', title: 'a' })),
    })
    expect(await client('c-1').pullAll()).toHaveLength(1800)
  })

  test('[FW10] triggers can be made again, and taken away', async () => {
    const world = await start()
    await installTriggers(world.prisma, { models })
    await world.sql(
      `INSERT INTO invoices (id, team_id, title, updated_at) VALUES ('i-1', 'team-1', 'a', CURRENT_TIMESTAMP)`,
    )
    expect(await marks(world)).toBe(1)
    await removeTriggers(world.prisma, { models })
    await world.sql(`UPDATE invoices SET title = 'b'`)
    expect(await marks(world)).toBe(1)
    expect(triggerSql(world.prisma, { models }).join('\n')).toContain('invoice_lines')
  })

  test('[FW11] an increment on a counter that somebody set past the API counts from there', async () => {
    const { client, sql, prisma, handlers } = await startPlain()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), line(device, 'l-1', 'i-1'))
    await sql(`UPDATE invoice_lines SET quantity = 40`)
    await handlers.write(ctx, 'team-1', ({ records }) =>
      records.update('lines', 'l-1', { quantity: increment(2) }),
    )
    expect(await prisma.invoiceLine.findMany()).toMatchObject([{ quantity: 42 }])
  })
})

describe('SQLite, which keeps in a column whatever is written to it', () => {
  const start = useMapped('SQLite')

  test('[FW2] [FW6] a row that can’t be read, of JSON that is none, holds up no other; it comes once it is mended', async () => {
    const { prisma, client, sql } = await start()
    await installTriggers(prisma, { models })
    const device = client('c-1')
    await device.push(invoice(device, 'i-1', { meta: [1] }), invoice(device, 'i-2'), invoice(device, 'i-3'))
    await device.pullAll()
    await sql(`UPDATE invoices SET meta = 'no JSON', title = 'torn' WHERE id = 'i-1'`)
    await sql(`UPDATE invoices SET title = 'by admin' WHERE id IN ('i-2', 'i-3')`)
    const page = await device.pull()
    expect(page.changes).toHaveLength(2)
    for (const id of ['i-2', 'i-3']) expect(dataOf(changeOf(page, id))).toEqual({ title: 'by admin' })
    expect((await device.pull()).changes).toEqual([])
    await sql(`UPDATE invoices SET meta = '[2]' WHERE id = 'i-1'`)
    expect(dataOf(changeOf(await device.pull(), 'i-1'))).toEqual({ title: 'torn', meta: [2] })
  })
})
