import { describe, expect, test } from 'vitest'
import { databaseNames } from '../support/stores.ts'
import { dataOf, kinds } from '../support/world.ts'
import { useMapped } from './app.ts'
import { changeOf, invoice, line, move, remove, update } from './sketches.ts'

describe.each(databaseNames)('%s', (name) => {
  const start = useMapped(name)

  test('[MM1] what a device creates is a row of the app’s own model, and what the database adds comes back', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    const due = new Date('2026-05-01T10:00:00.123Z')
    const answer = await device.push(
      invoice(device, 'i-1', {
        number: 7,
        status: 'paid',
        total: '12.5',
        units: 2n ** 60n,
        due,
        meta: { a: [1, null] },
        scan: new Uint8Array([1, 2]),
        color: 'red',
      }),
    )
    expect(kinds(answer)).toEqual(['applied'])
    const row = await prisma.invoice.findUniqueOrThrow({ where: { id: 'i-1' } })
    expect(row).toMatchObject({
      teamId: 'team-1',
      title: 'first',
      number: 7,
      status: 'paid',
      rate: 1,
      paid: false,
      due,
    })
    expect(row).toMatchObject({ units: 2n ** 60n, meta: { a: [1, null] }, internalNote: null })
    expect(row.total.toString()).toBe('12.5')
    expect([...(row.scan ?? [])]).toEqual([1, 2])
    const [change] = (await device.pull()).changes
    expect(dataOf(change)).toMatchObject({
      title: 'first',
      status: 'paid',
      due,
      color: 'red',
      units: 2n ** 60n,
      updatedAt: row.updatedAt,
      scan: new Uint8Array([1, 2]),
    })
  })

  test('[MM2] an update writes its own columns: the others stay as whoever wrote them last left them', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1', { number: 7, meta: [1] }))
    await prisma.invoice.update({ where: { id: 'i-1' }, data: { internalNote: 'do not pay', paid: true } })
    await device.push(update(device, 'i-1', { title: 'second', due: null }))
    const row = await prisma.invoice.findUniqueOrThrow({ where: { id: 'i-1' } })
    expect(row).toMatchObject({
      title: 'second',
      internalNote: 'do not pay',
      paid: true,
      number: 7,
      meta: [1],
    })
    // And the device hears of what somebody else wrote.
    const page = await device.pull()
    expect(dataOf(changeOf(page, 'i-1'))).toMatchObject({ title: 'second', paid: true })
  })

  test('[MM2] a field that is removed is NULL, of any type', async () => {
    const { prisma, client, handlers } = await start()
    const device = client('c-1')
    await device.push(
      invoice(device, 'i-1', { number: 7, meta: [1], scan: new Uint8Array([1]), due: new Date() }),
    )
    await handlers.write({ user: { id: 'u-1' } }, 'team-1', ({ records }) =>
      records.put('invoices', 'i-1', { id: 'i-1', title: 'anew', updatedAt: new Date(0) }),
    )
    expect(await prisma.invoice.findMany()).toMatchObject([
      { title: 'anew', number: null, meta: null, scan: null, due: null, status: 'draft' },
    ])
    const { data } = (await device.snapshot()).rows[0] ?? {}
    expect(Object.keys(JSON.parse(data ?? '') as object)).not.toContain('meta')
    const required = handlers.write({ user: { id: 'u-1' } }, 'team-1', ({ records }) =>
      records.put('invoices', 'i-1', { id: 'i-1', title: 'anew' }),
    )
    await expect(required).rejects.toThrow('updatedAt: the column can not hold this value.')
  })

  test('[MM3] a deletion removes the row, and what the database removes with it', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), line(device, 'l-1', 'i-1'))
    expect(await prisma.invoiceLine.findMany()).toMatchObject([{ ref: 'l-1', text: 'a line', quantity: 0 }])
    expect(kinds(await device.push(remove(device, 'i-1')))).toEqual(['applied'])
    expect(await prisma.invoice.count()).toBe(0)
    expect(await prisma.invoiceLine.count()).toBe(0)
  })

  test('[MM4] what the database refuses is the verdict of that operation alone, and stays', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1', { number: 1 }))
    const operations = [
      invoice(device, 'i-2', { number: 2 }),
      invoice(device, 'i-3', { number: 1 }),
      invoice(device, 'i-4', { customerId: 'nobody' }),
      invoice(device, 'i-5', { title: 'forbidden' }),
      invoice(device, 'i-6', { number: 2 ** 40 }),
      line(device, 'l-1', 'i-2'),
      update(device, 'i-1', { number: 2 }),
      update(device, 'i-1', { title: 'fine' }),
    ]
    const first = await device.push(...operations)
    expect(first.results.map((result) => ('message' in result ? result.message : result.kind))).toEqual([
      'applied',
      expect.stringContaining('another row has the same already'),
      expect.stringContaining('it refers to a row that is not there'),
      expect.stringContaining('a check of the database refuses it'),
      expect.stringContaining('the column can not hold this value'),
      'applied',
      expect.stringContaining('number: another row has the same already'),
      'applied',
    ])
    expect(kinds(first).filter((kind) => kind !== 'applied')).toEqual(Array(5).fill('rejected INVALID'))
    const again = await device.push(...operations)
    expect(again.results.map(({ kind }) => kind)).toEqual(Array(8).fill('duplicate'))
    expect(again.results.map((result) => (result.kind === 'duplicate' ? result.verdict.kind : ''))).toEqual(
      first.results.map(({ kind }) => kind),
    )
    const rows = await prisma.invoice.findMany({ orderBy: { id: 'asc' } })
    expect(rows.map(({ id, title, number }) => [id, title, number])).toEqual([
      ['i-1', 'fine', 1],
      ['i-2', 'first', 2],
    ])
  })

  test('[MM4] of a transaction that the database refuses nothing is applied', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1', { number: 1 }))
    const transaction = { id: 't-1', size: 2 }
    const answer = await device.push(
      { ...invoice(device, 'i-2'), transaction },
      { ...update(device, 'i-2', { number: 1 }), transaction },
      invoice(device, 'i-3'),
    )
    expect(answer.results.map(({ kind }) => kind)).toEqual(['rejected', 'rejected', 'applied'])
    expect((await prisma.invoice.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)).toEqual([
      'i-1',
      'i-3',
    ])
  })

  test('[MM4] a constraint over several columns is told by those that devices know', async () => {
    const { prisma, client } = await start()
    await prisma.customer.create({ data: { id: 'k-1', teamId: 'team-1', name: 'One' } })
    const device = client('c-1')
    await device.push(invoice(device, 'i-1', { customerId: 'k-1' }), invoice(device, 'i-2'))
    await prisma.invoice.updateMany({ data: { internalNote: 'the same' } })
    const { results } = await device.push(update(device, 'i-2', { customerId: 'k-1' }))
    expect(results).toMatchObject([
      { kind: 'rejected', code: 'INVALID', message: 'customerId: another row has the same already.' },
    ])
  })

  test('[MM4] an integer column holds each integer of 32 bits, the smallest too', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    const [smallest, largest] = [-(2 ** 31), 2 ** 31 - 1]
    const { results } = await device.push(
      invoice(device, 'i-1', { number: smallest }),
      invoice(device, 'i-2', { number: largest }),
      invoice(device, 'i-3', { number: smallest - 1 }),
      invoice(device, 'i-4', { number: largest + 1 }),
      invoice(device, 'i-5', { number: 0.5 }),
    )
    const kindsOf = results.map(({ kind }) => kind)
    expect(kindsOf).toEqual(['applied', 'applied', 'rejected', 'rejected', 'rejected'])
    const rows = await prisma.invoice.findMany({ orderBy: { id: 'asc' } })
    expect(rows.map(({ number }) => number)).toEqual([smallest, largest])
  })

  test('[MM4] a big integer of more than 64 bits is refused for good, and holds up nothing', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    const largest = 2n ** 63n - 1n
    const first = await device.push(
      invoice(device, 'i-1', { units: largest }),
      invoice(device, 'i-2', { units: 10n ** 30n }),
      update(device, 'i-1', { units: -largest - 2n }),
      update(device, 'i-1', { title: 'fine' }),
    )
    expect(first.results.map((result) => ('message' in result ? result.message : result.kind))).toEqual([
      'applied',
      'units: the column can not hold this value.',
      'units: the column can not hold this value.',
      'applied',
    ])
    expect(await prisma.invoice.findMany()).toMatchObject([{ id: 'i-1', title: 'fine', units: largest }])
  })

  test('[MM5] nobody gets hold of another scope’s row by its id', async () => {
    const { prisma, client } = await start()
    await prisma.invoice.create({ data: { id: 'i-1', teamId: 'team-1', title: 'secret' } })
    const stranger = client('c-2', 'u-2')
    const push = await stranger.pushRaw([invoice(stranger, 'i-1', { title: 'mine' })], { scope: 'team-2' })
    expect(push).toMatchObject({ kind: 'answer', results: [{ kind: 'rejected', code: 'INVALID' }] })
    const another = client('c-3', 'u-2')
    const second = await another.pushRaw([line(another, 'l-1', 'i-1')], { scope: 'team-2' })
    expect(second).toMatchObject({ kind: 'answer', results: [{ kind: 'rejected', code: 'INVALID' }] })
    expect(JSON.stringify([push, second])).not.toContain('secret')
    expect(await prisma.invoice.findMany()).toMatchObject([{ teamId: 'team-1', title: 'secret' }])
    expect(await prisma.invoiceLine.count()).toBe(0)
  })

  test('[MM5] nobody refers to a row of another scope', async () => {
    const { prisma, client } = await start()
    await prisma.invoice.create({ data: { id: 'i-1', teamId: 'team-1', title: 'secret' } })
    const stranger = client('c-2', 'u-2')
    const own = await stranger.pushRaw([invoice(stranger, 'i-2')], { scope: 'team-2' })
    expect(own).toMatchObject({ results: [{ kind: 'applied' }] })
    const mine = await stranger.pushRaw([line(stranger, 'l-1', 'i-2')], { scope: 'team-2' })
    expect(mine).toMatchObject({ results: [{ kind: 'applied' }] })
    const change = stranger.operation({
      collection: 'lines',
      recordId: 'l-1',
      baseVersion: 1,
      value: { invoiceId: 'i-1' },
    })
    const missing = stranger.operation({
      collection: 'lines',
      recordId: 'l-1',
      baseVersion: 1,
      value: { invoiceId: 'i-9' },
    })
    const tied = await stranger.pushRaw([change, missing], { scope: 'team-2' })
    const code = { kind: 'rejected', code: 'INVALID' }
    expect(tied).toMatchObject({ results: [code, code] })
    // One that is there and one that is not answer alike.
    const messages =
      'results' in tied ? tied.results.map((result) => ('message' in result ? result.message : '')) : []
    expect(messages[0]?.replace('invoiceId: ', '')).toBe(messages[1]?.replace('invoiceId: ', ''))
    expect(await prisma.invoiceLine.findMany()).toMatchObject([{ invoiceId: 'i-2' }])
  })

  test('[MM6] a move takes the row to the other scope, and back', async () => {
    const { prisma, client } = await start()
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'))
    expect(kinds(await device.push(move(device, 'i-1', 'team-2')))).toEqual(['applied'])
    expect(await prisma.invoice.findMany()).toMatchObject([{ id: 'i-1', teamId: 'team-2', title: 'first' }])
    const other = client('c-2', 'u-2')
    expect(changeOf(await other.pull({ scope: 'team-2' }), 'i-1')).toMatchObject({ version: 2 })
    const back = await device.pushRaw([{ ...move(device, 'i-1', 'team-1', 2), clientSeq: 1 }], {
      scope: 'team-2',
    })
    device.nextSeq = 3
    expect(back).toMatchObject({ kind: 'answer', results: [{ kind: 'applied', version: 3 }] })
    expect(await prisma.invoice.findMany()).toMatchObject([{ teamId: 'team-1' }])
    expect(kinds(await device.push(update(device, 'i-1', { title: 'home' }, 3)))).toEqual(['applied'])
    expect(await prisma.invoice.findMany()).toMatchObject([{ teamId: 'team-1', title: 'home' }])
  })
})
