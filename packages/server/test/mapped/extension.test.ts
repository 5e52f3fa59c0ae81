import { SyncError } from '@holdfast/core'
import { installTriggers, removeTriggers, syncExtension } from '@holdfast/server/prisma'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../support/stores.ts'
import { dataOf, kinds } from '../support/world.ts'
import { models as appModels, useMapped } from './app.ts'
import { extend, models, truth, useRelated } from './related/world.ts'
import { changeOf, invoice, update } from './sketches.ts'

class Undo extends Error {
  override readonly name = 'Undo'
}

const undo = (): never => {
  throw new Undo()
}

describe.each(databaseNames)('%s', (name) => {
  const start = useRelated(name)
  const startApp = useMapped(name)

  test('[FW2] what the app writes through the extended client reaches devices', async () => {
    const { prisma, client } = await startApp()
    const db = prisma.$extends(syncExtension({ models: appModels }))
    const device = client('c-1')
    await device.push(invoice(device, 'i-1'), invoice(device, 'i-2'))
    await device.pullAll()
    await db.invoice.update({
      where: { id: 'i-1' },
      data: { title: 'by REST', lines: { create: { ref: 'l-1', text: 'a line' } } },
    })
    await db.invoice.deleteMany({ where: { title: 'first' } })
    await db.invoice.create({ data: { id: 'i-3', teamId: 'team-1', title: 'new' } })
    const page = await device.pull()
    expect(changeOf(page, 'i-1')).toMatchObject({ version: 2, updatedBy: '$server' })
    expect(dataOf(changeOf(page, 'i-1'))).toMatchObject({ title: 'by REST' })
    expect(changeOf(page, 'i-2')).toMatchObject({ kind: 'deleted', version: 2 })
    expect(dataOf(changeOf(page, 'i-3'))).toMatchObject({ title: 'new' })
    expect(dataOf(changeOf(page, 'l-1'))).toMatchObject({ label: 'a line' })
    expect(kinds(await device.push(update(device, 'i-1', { title: 'by device' }, 2)))).toEqual(['applied'])
  })

  test('[FW16] in an interactive transaction marks are part of it: undone with it, and seen by nobody before', async () => {
    const { db, plain, open, marks } = await start()
    const other = open()
    await plain.album.create({ data: { id: 'a-1', name: 'one' } })
    await marks()
    await db.$transaction(async (tx) => {
      await tx.album.update({
        where: { id: 'a-1' },
        data: { tracks: { create: { ref: 't-1', title: 'x' } } },
      })
      await tx.album.deleteMany({ where: { id: 'a-1' } })
      const [inside] = await tx.$queryRaw<
        { count: bigint }[]
      >`SELECT COUNT(*) AS count FROM holdfast_touched WHERE collection NOT LIKE 'true-%'`
      expect(Number(inside?.count)).toBe(3)
      const [outside] = await other.$queryRaw<
        { count: bigint }[]
      >`SELECT COUNT(*) AS count FROM holdfast_touched`
      expect(Number(outside?.count)).toBe(0)
      expect(await other.album.count()).toBe(1)
    })
    expect((await marks()).left).toEqual(['albums/a-1', 'tracks/t-1'])

    const undone = db.$transaction(async (tx) => {
      await tx.album.create({ data: { id: 'a-2', name: 'two' } })
      undo()
    })
    await expect(undone).rejects.toThrow(Undo)
    expect(await marks()).toEqual({ left: [], wanted: [] })
    expect(await plain.album.count()).toBe(0)
  })

  test('[FW16] writes of one interactive transaction may be awaited together', async () => {
    const { db, marks } = await start()
    await db.$transaction(async (tx) => {
      await Promise.all(
        ['a-1', 'a-2', 'a-3'].map((id) =>
          tx.album.create({ data: { id, name: id, cover: { create: { id: `c-${id}`, image: 'x' } } } }),
        ),
      )
    })
    expect((await marks()).left).toHaveLength(6)
  })

  test('[FW16] what a transaction within a transaction undoes leaves no marks', async () => {
    const { db, marks } = await start()
    await db.$transaction(async (tx) => {
      await tx.album.create({ data: { id: 'a-1', name: 'stays' } })
      const inner = tx.$transaction(async (within) => {
        await within.album.create({ data: { id: 'a-2', name: 'goes' } })
        undo()
      })
      await expect(inner).rejects.toThrow(Undo)
      await tx.$transaction([tx.album.create({ data: { id: 'a-3', name: 'stays' } })])
    })
    expect(await marks()).toEqual({
      left: ['albums/a-1', 'albums/a-3'],
      wanted: ['albums/a-1', 'albums/a-3'],
    })
  })

  test('[FW16] a batch is one transaction: its results in order, all of its marks or none', async () => {
    const { db, plain, marks } = await start()
    const results = await db.$transaction([
      db.label.create({ data: { id: 1, name: 'label' } }),
      db.album.create({ data: { id: 'a-1', name: 'one', labelId: 1 } }),
      db.album.update({ where: { id: 'a-1' }, data: { year: 1999 }, select: { year: true } }),
      db.$executeRaw`UPDATE labels SET name = 'renamed'`,
      db.label.findMany({ include: { albums: { select: { year: true } } } }),
    ])
    expect(results).toMatchObject([
      { id: 1 },
      { id: 'a-1', year: null },
      { year: 1999 },
      1,
      [{ name: 'renamed', albums: [{ year: 1999 }] }],
    ])
    expect(results[2]).toEqual({ year: 1999 })
    expect((await marks()).left).toEqual(['albums/a-1'])

    const failing = db.$transaction([
      db.album.create({ data: { id: 'a-2', name: 'two' } }),
      db.album.create({ data: { id: 'a-1', name: 'again' } }),
    ])
    await expect(failing).rejects.toMatchObject({ code: 'P2002' })
    expect(await plain.album.count()).toBe(1)
    expect(await marks()).toEqual({ left: [], wanted: [] })
  })

  test('[FW16] a batch without mapped models is a batch as ever, and what is no batch is told by Prisma', async () => {
    const { db } = await start()
    const [created, count] = await db.$transaction([
      db.label.create({ data: { id: 1, name: 'label' } }),
      db.label.count(),
    ])
    expect([created.id, count]).toEqual([1, 1])
    const wrong = (async () => await db.$transaction([Promise.resolve(1) as never]))()
    await expect(wrong).rejects.toThrow('need to be Prisma Client promises')
  })

  test('[FW16] without a transaction a write and its marks are one', async () => {
    const { db, plain, marks } = await start()
    await plain.album.create({ data: { id: 'a-1', name: 'one' } })
    await marks()
    await removeTriggers(plain, { models: truth })
    await plain.$executeRaw`DROP TABLE holdfast_touched`
    await expect(db.track.create({ data: { title: 'x' } })).rejects.toThrow('holdfast_touched')
    await expect(
      db.album.update({ where: { id: 'a-1' }, data: { tracks: { create: { title: 'y' } } } }),
    ).rejects.toThrow('holdfast_touched')
    expect(await plain.track.count()).toBe(0)
  })

  test('[FW16] a write that is refused undoes nothing that the app writes at the same time', async () => {
    const { db, plain } = await start()
    const busy = db.$extends({
      query: {
        album: {
          async $allOperations({ args, query }) {
            await plain.label.create({
              data: { id: (await plain.label.count()) + 1, name: 'by another request' },
            })
            return query(args)
          },
        },
      },
    })
    await expect(busy.album.create({ data: { name: 'forbidden' } })).rejects.toThrow('Database error')
    await expect(busy.album.update({ where: { id: 'none' }, data: { year: 1 } })).rejects.toMatchObject({
      code: 'P2025',
    })
    await busy.album.create({ data: { id: 'a-1', name: 'one' } })
    await expect(busy.album.create({ data: { id: 'a-1', name: 'one' } })).rejects.toMatchObject({
      code: 'P2002',
    })
    expect(await plain.label.count()).toBe(4)
    expect(await plain.album.count()).toBe(1)
  })

  test('[FW17] whom somebody relates between the look and the write is let go by neither', async () => {
    const { db, plain, open, marks } = await start()
    const other = open()
    // On SQLite nobody else writes in between: the look has the one write lock.
    const isAdded = name === 'PostgreSQL'
    let round = 0
    const outcomes: unknown[] = []
    const add = async (): Promise<void> => {
      round += 1
      const data = { ref: `late-${round}`, title: `late ${round}`, albumId: 'a-1' }
      outcomes.push(
        await other.track.create({ data }).then(
          () => true,
          () => false,
        ),
      )
    }
    const late = db.$extends({
      query: {
        album: {
          async update({ args, query }) {
            await add()
            return query(args)
          },
        },
        track: {
          async deleteMany({ args, query }) {
            await add()
            return query(args)
          },
        },
      },
    })
    const where = { id: 'a-1' }
    const kept = { where: { albumId: 'a-1' }, orderBy: { ref: 'asc' }, select: { ref: true } } as const
    await plain.album.create({ data: { ...where, name: 'one' } })
    const again = async (): Promise<void> => {
      await plain.track.deleteMany()
      await plain.track.createMany({
        data: ['t-1', 't-2'].map((ref) => ({ ref, title: ref, albumId: 'a-1' })),
      })
      await marks()
    }
    for (const run of [
      () => late.album.update({ where, data: { tracks: { deleteMany: {} } } }),
      () => late.album.update({ where, data: { tracks: { set: [] } } }),
      () => late.track.deleteMany(),
      () => late.$transaction((tx) => tx.track.deleteMany({ where: { albumId: 'a-1' } })),
    ]) {
      await again()
      await run()
      const { left, wanted } = await marks()
      expect(left).toEqual(expect.arrayContaining(['tracks/t-1', 'tracks/t-2']))
      // Who came late came by another client.
      const missing = wanted.filter((mark) => !left.includes(mark))
      expect([[], [`tracks/late-${round}`]]).toContainEqual(missing)
      expect(await plain.track.findMany(kept)).toEqual(isAdded ? [{ ref: `late-${round}` }] : [])
    }
    expect(outcomes).toEqual(Array(4).fill(isAdded))
  })

  test('[FW18] who changes its writes or their transaction is refused, and nothing is written', async () => {
    const { plain, db, marks } = await start()
    const changing = db.$extends({
      query: {
        album: {
          create: ({ args, query }) =>
            query({ ...args, data: { ...args.data, tracks: { create: { title: 'more' } } } as never }),
        },
      },
    })
    await expect(changing.album.create({ data: { name: 'one' } })).rejects.toThrow('apply syncExtension last')
    expect(await plain.album.count()).toBe(0)

    const moving = plain.$extends({
      query: {
        album: {
          create: async ({ args, query }) => (await plain.$transaction([query(args)]))[0],
        },
      },
    })
    await expect(extend(moving as never).album.create({ data: { name: 'one' } })).rejects.toThrow(
      'a batch that another client',
    )
    await expect(plain.$transaction([db.album.create({ data: { name: 'one' } })])).rejects.toThrow(SyncError)
    expect(await plain.album.count()).toBe(0)
    expect((await marks()).left).toEqual([])
  })

  test('[FW18] extensions before it go on as they did', async () => {
    const { plain, marks } = await start()
    const seen: string[] = []
    const db = extend(
      plain.$extends({
        query: {
          album: {
            async $allOperations({ operation, args, query }) {
              seen.push(operation)
              return operation === 'findMany' ? [] : query(args)
            },
          },
        },
        result: { album: { shout: { needs: { name: true }, compute: ({ name }) => name.toUpperCase() } } },
      }) as never,
    )
    await db.album.create({ data: { id: 'a-1', name: 'one' } })
    const updated = await db.album.update({
      where: { id: 'a-1' },
      data: { year: 1 },
      select: { shout: true } as never,
    })
    expect(JSON.stringify(updated)).toBe('{"shout":"ONE"}')
    expect(await db.album.deleteMany()).toEqual({ count: 1 })
    expect(seen).toEqual(['create', 'update', 'deleteMany'])
    expect((await marks()).left).toEqual(['albums/a-1'])
  })

  test('[FW18] a client that leaves out ids is refused, where they are needed', async () => {
    const { plain, open } = await start()
    const db = extend(open({ album: { id: true } }))
    await expect(db.album.create({ data: { name: 'one' } })).rejects.toThrow('omit leaves out Album.id')
    expect(await plain.album.count()).toBe(0)
    expect(await db.album.createMany({ data: [{ id: 'a-1', name: 'one' }] })).toEqual({ count: 1 })
    expect(() => extend(plain, { albums: 'None' })).toThrow('the Prisma schema has no model "None"')
    const silent = new Proxy(plain, {
      get: (client, name) => (name === '_engineConfig' ? {} : (Reflect.get(client, name) as unknown)),
    })
    expect(() => extend(silent)).toThrow('needs a client of Prisma 7')
  })

  test('[FW19] raw SQL and what the database does by itself leave none: triggers do', async () => {
    const { db, plain, marks } = await start()
    await db.album.create({
      data: { id: 'a-1', name: 'one', tracks: { create: { ref: 't-1', title: 'x' } } },
    })
    await marks()
    await db.$executeRaw`UPDATE tracks SET title = 'raw'`
    expect(await marks()).toEqual({ left: [], wanted: ['tracks/t-1'] })
    await db.album.delete({ where: { id: 'a-1' } })
    expect(await marks()).toEqual({ left: ['albums/a-1'], wanted: ['albums/a-1', 'tracks/t-1'] })
    await installTriggers(plain, { models })
    await db.$executeRaw`UPDATE tracks SET title = 'again'`
    expect((await marks()).left).toEqual(['tracks/t-1'])
  })

  test('[FW10] a row whose id column is NULL is no record: triggers let it be written', async () => {
    const { prisma, sql } = await startApp()
    await installTriggers(prisma, {
      models: { customers: { model: 'Customer', scope: 'teamId', fields: { id: 'email' } } },
    })
    await sql(
      `INSERT INTO customers (id, team_id, name) VALUES ('c-1', 'team-1', 'x'), ('c-2', 'team-1', 'y')`,
    )
    await sql(`UPDATE customers SET email = 'x@y' WHERE id = 'c-1'`)
    await sql(`UPDATE customers SET email = NULL`)
    await sql(`DELETE FROM customers`)
    const rows = await prisma.$queryRaw<{ record_id: string }[]>`SELECT record_id FROM holdfast_touched`
    expect(rows.map(({ record_id: id }) => id)).toEqual(['x@y', 'x@y'])
  })
})
