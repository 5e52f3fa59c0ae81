import { describe, expect, test } from 'vitest'
import { databaseNames } from '../support/stores.ts'
import { useRelated, type ExtendedClient, type RelatedWorld } from './related/world.ts'

type Run = (db: ExtendedClient) => PromiseLike<unknown>

/** Nothing but two albums with all that they may have, and some things that belong to none. */
const fill = async ({ plain, marks }: RelatedWorld): Promise<void> => {
  await plain.cover.deleteMany()
  await plain.track.deleteMany()
  await plain.album.deleteMany()
  await plain.sleeve.deleteMany()
  await plain.tag.deleteMany()
  await plain.label.deleteMany()
  await plain.label.createMany({ data: [1, 2].map((id) => ({ id, name: `Label ${id}` })) })
  await plain.sleeve.createMany({ data: ['s-1', 's-2', 's-3'].map((id) => ({ id, color: 'red' })) })
  for (const number of [1, 2]) {
    await plain.album.create({
      data: {
        id: `a-${number}`,
        name: `Album ${number}`,
        year: 1970 + number,
        label: { connect: { id: 1 } },
        sleeve: { connect: { id: `s-${number}` } },
        tracks: {
          create: [1, 2, 3].map((place) => ({
            ref: `t-${number}${place}`,
            title: `Track ${number}${place}`,
            position: number * 10 + place,
          })),
        },
        cover: { create: { id: `c-${number}`, image: 'x' } },
        tags: { create: { id: `g-${number}`, name: `Tag ${number}` } },
      },
    })
  }
  await plain.album.create({ data: { id: 'a-3', name: 'Album 3' } })
  await plain.track.create({ data: { ref: 't-0', title: 'Alone', position: 1, remixOfId: 't-11' } })
  await plain.cover.create({ data: { id: 'c-0', image: 'none' } })
  await marks()
}

const a1 = { id: 'a-1' }

const writes: readonly (readonly [string, Run])[] = [
  ['create', (db) => db.album.create({ data: { name: 'new' } })],
  ['create of a part', (db) => db.album.create({ data: { name: 'new' }, select: { name: true } })],
  ['createMany', (db) => db.album.createMany({ data: [{ name: 'x' }, { name: 'y' }] })],
  [
    'createMany with ids',
    (db) =>
      db.album.createMany({
        data: [
          { id: 'i', name: 'x' },
          { id: 'j', name: 'y' },
        ],
      }),
  ],
  [
    'createManyAndReturn',
    (db) => db.album.createManyAndReturn({ data: [{ name: 'x' }], select: { name: true } }),
  ],
  ['update', (db) => db.album.update({ where: a1, data: { year: { increment: 1 } } })],
  ['update by another key', (db) => db.track.update({ where: { position: 12 }, data: { position: 99 } })],
  [
    'update by a key of several fields',
    (db) =>
      db.track.update({
        where: { title_albumId: { title: 'Track 11', albumId: 'a-1' } },
        data: { title: 'x' },
      }),
  ],
  ['update of the id', (db) => db.track.update({ where: { position: 12 }, data: { ref: 'renamed' } })],
  [
    'updateMany',
    (db) => db.track.updateMany({ where: { albumId: 'a-1' }, data: { title: 'x', albumId: null } }),
  ],
  [
    'updateMany of the id',
    (db) => db.track.updateMany({ where: { position: 12 }, data: { ref: { set: 'x' } } }),
  ],
  [
    'updateMany of some',
    (db) => db.track.updateMany({ where: { albumId: 'a-1' }, data: { remixOfId: 't-0' }, limit: 2 }),
  ],
  [
    'updateManyAndReturn',
    (db) => db.track.updateManyAndReturn({ data: { albumId: null }, omit: { ref: true } }),
  ],
  [
    'updateManyAndReturn of the id',
    (db) =>
      db.track.updateManyAndReturn({ where: { position: 12 }, data: { ref: 'x' }, select: { title: true } }),
  ],
  [
    'upsert that creates',
    (db) => db.tag.upsert({ where: { name: 'none' }, create: { name: 'none' }, update: { name: 'x' } }),
  ],
  [
    'upsert that updates',
    (db) => db.tag.upsert({ where: { name: 'Tag 1' }, create: { name: 'none' }, update: { id: 'renamed' } }),
  ],
  ['delete', (db) => db.track.delete({ where: { position: 12 }, select: { title: true } })],
  ['deleteMany', (db) => db.track.deleteMany({ where: { album: { is: { name: 'Album 1' } } } })],
  ['deleteMany of all', (db) => db.track.deleteMany()],
  ['deleteMany of some', (db) => db.track.deleteMany({ limit: 2 })],
  [
    'to a related row that nobody maps',
    (db) => db.album.update({ where: a1, data: { label: { connect: { id: 2 } } } }),
  ],

  [
    'create of related',
    (db) => db.album.create({ data: { name: 'n', tracks: { create: [{ title: 'x' }, { title: 'y' }] } } }),
  ],
  [
    'createMany of related',
    (db) => db.album.update({ where: a1, data: { tracks: { createMany: { data: [{ title: 'x' }] } } } }),
  ],
  [
    'createMany of related with ids',
    (db) =>
      db.album.update({ where: a1, data: { tracks: { createMany: { data: [{ ref: 'n', title: 'x' }] } } } }),
  ],
  ['connect', (db) => db.album.update({ where: a1, data: { tracks: { connect: { ref: 't-21' } } } })],
  [
    'connect by another key',
    (db) => db.album.update({ where: a1, data: { tracks: { connect: [{ position: 21 }] } } }),
  ],
  ['disconnect', (db) => db.album.update({ where: a1, data: { tracks: { disconnect: [{ ref: 't-11' }] } } })],
  [
    'disconnect by another key',
    (db) => db.album.update({ where: a1, data: { tracks: { disconnect: { position: 11 } } } }),
  ],
  [
    'set',
    (db) => db.album.update({ where: a1, data: { tracks: { set: [{ ref: 't-11' }, { ref: 't-0' }] } } }),
  ],
  [
    'set by another key',
    (db) => db.album.update({ where: a1, data: { tracks: { set: [{ position: 11 }, { position: 22 }] } } }),
  ],
  ['set to none', (db) => db.album.update({ where: a1, data: { tracks: { set: [] } } })],
  [
    'update of one related',
    (db) =>
      db.album.update({
        where: a1,
        data: { tracks: { update: { where: { ref: 't-11' }, data: { title: 'x' } } } },
      }),
  ],
  [
    'update of the id of one related',
    (db) =>
      db.album.update({
        where: a1,
        data: { tracks: { update: { where: { position: 11 }, data: { ref: 'x', position: 77 } } } },
      }),
  ],
  [
    'updateMany of related',
    (db) =>
      db.album.update({
        where: a1,
        data: { tracks: { updateMany: { where: { position: { gt: 11 } }, data: { remixOfId: 't-0' } } } },
      }),
  ],
  [
    'delete of one related',
    (db) => db.album.update({ where: a1, data: { tracks: { delete: [{ position: 11 }, { ref: 't-12' }] } } }),
  ],
  [
    'deleteMany of related',
    (db) =>
      db.album.update({
        where: a1,
        data: { tracks: { deleteMany: [{ position: 11 }, { title: 'Track 12' }] } },
      }),
  ],
  [
    'upsert of related',
    (db) =>
      db.album.update({
        where: a1,
        data: {
          tracks: {
            upsert: [
              { where: { position: 11 }, create: { title: 'no' }, update: { title: 'yes' } },
              { where: { position: 500 }, create: { title: 'made' }, update: {} },
            ],
          },
        },
      }),
  ],
  [
    'connectOrCreate',
    (db) =>
      db.album.update({
        where: a1,
        data: {
          tracks: {
            connectOrCreate: [
              { where: { position: 21 }, create: { title: 'no' } },
              { where: { ref: 'none' }, create: { title: 'made' } },
            ],
          },
        },
      }),
  ],

  [
    'one to one: who is there goes',
    (db) => db.album.update({ where: a1, data: { cover: { create: { image: 'new' } } } }),
  ],
  [
    'one to one: connect',
    (db) => db.album.update({ where: a1, data: { cover: { connect: { id: 'c-2' } } } }),
  ],
  [
    'one to one: connect from the other side',
    (db) => db.cover.update({ where: { id: 'c-0' }, data: { album: { connect: a1 } } }),
  ],
  [
    'one to one: what another one has',
    (db) => db.album.update({ where: { id: 'a-3' }, data: { sleeve: { connect: { id: 's-1' } } } }),
  ],
  [
    'one to one: what another one has, for a new one',
    (db) => db.album.create({ data: { name: 'n', sleeve: { connect: { id: 's-1' } } } }),
  ],
  [
    'one to one: connect to who has one',
    (db) => db.sleeve.update({ where: { id: 's-3' }, data: { album: { connect: a1 } } }),
  ],
  [
    'one to one: upsert',
    (db) =>
      db.album.update({
        where: a1,
        data: { cover: { upsert: { create: { image: 'n' }, update: { image: 'u' } } } },
      }),
  ],
  [
    'one to one: update',
    (db) => db.album.update({ where: a1, data: { sleeve: { update: { color: 'blue' } } } }),
  ],
  [
    'one to one: update of the id',
    (db) =>
      db.album.update({
        where: a1,
        data: { cover: { update: { where: { image: 'x' }, data: { id: 'renamed' } } } },
      }),
  ],
  ['one to one: disconnect', (db) => db.album.update({ where: a1, data: { cover: { disconnect: true } } })],
  ['one to one: delete', (db) => db.album.update({ where: a1, data: { cover: { delete: true } } })],
  [
    'one to one: delete where',
    (db) => db.album.update({ where: a1, data: { sleeve: { delete: { color: 'red' } } } }),
  ],

  [
    'many to many: connect',
    (db) => db.album.update({ where: a1, data: { tags: { connect: { id: 'g-2' } } } }),
  ],
  [
    'many to many: create',
    (db) => db.album.update({ where: a1, data: { tags: { create: { name: 'new' } } } }),
  ],
  ['many to many: delete', (db) => db.album.update({ where: a1, data: { tags: { deleteMany: {} } } })],
  [
    'many to many: update',
    (db) =>
      db.album.update({
        where: a1,
        data: { tags: { update: { where: { name: 'Tag 1' }, data: { name: 'x' } } } },
      }),
  ],
  ['many to many: set', (db) => db.album.update({ where: a1, data: { tags: { set: [] } } })],

  [
    'through who is not mapped',
    (db) =>
      db.label.update({
        where: { id: 1 },
        data: { albums: { updateMany: { where: {}, data: { year: 1 } } } },
      }),
  ],
  [
    'a new row that is not mapped',
    (db) =>
      db.label.create({
        data: {
          id: 9,
          name: 'x',
          albums: { create: { name: 'n', tracks: { create: { title: 'deep' } } }, connect: { id: 'a-3' } },
        },
      }),
  ],
  [
    'a row that is not mapped and gets another key',
    (db) =>
      db.label.update({
        where: { id: 2 },
        data: { id: 7, albums: { create: { name: 'n' } } },
        select: { name: true },
      }),
  ],
  [
    'deep',
    (db) =>
      db.label.update({
        where: { id: 1 },
        data: {
          name: 'x',
          albums: {
            update: {
              where: a1,
              data: {
                tracks: { deleteMany: { position: { lt: 13 } }, create: { title: 'new' } },
                cover: { delete: true },
              },
            },
          },
        },
        select: { name: true },
      }),
  ],
  [
    'upsert with relations',
    (db) =>
      db.album.upsert({
        where: a1,
        create: { name: 'n' },
        update: { tracks: { deleteMany: {} }, sleeve: { create: { color: 'green' } } },
      }),
  ],
  [
    'a model that refers to itself',
    (db) =>
      db.track.update({
        where: { ref: 't-11' },
        data: {
          remixes: { update: { where: { ref: 't-0' }, data: { title: 'x' } }, create: { title: 'y' } },
        },
      }),
  ],
]

describe.each(databaseNames)('%s', (name) => {
  const start = useRelated(name)

  test('[FW14] whatever a write by the extended client writes leaves marks: as many as triggers, or more', async () => {
    const world = await start()
    const missed: unknown[] = []
    for (const [title, run] of writes) {
      await fill(world)
      await run(world.db).then(undefined, (error: unknown) => missed.push({ title, error: String(error) }))
      const { left, wanted } = await world.marks()
      const missing = wanted.filter((mark) => !left.includes(mark))
      if (missing.length > 0) missed.push({ title, missing })
    }
    expect(missed).toEqual([])
  })

  test.each<readonly [string, Run, readonly string[]]>([
    ['a row', (db) => db.album.update({ where: a1, data: { year: 1 } }), ['albums/a-1']],
    [
      'who is connected by its id',
      (db) => db.album.update({ where: a1, data: { tracks: { connect: { ref: 't-21' } } } }),
      ['albums/a-1', 'tracks/t-21'],
    ],
    [
      'related rows by their ids',
      (db) =>
        db.label.update({
          where: { id: 1 },
          data: { albums: { update: { where: a1, data: { tracks: { delete: { ref: 't-11' } } } } } },
        }),
      ['albums/a-1', 'tracks/t-11'],
    ],
    [
      'what it refers to, and does not write',
      (db) => db.track.create({ data: { ref: 'x', title: 'x', album: { connect: a1 } } }),
      ['tracks/x'],
    ],
    ['many to many', (db) => db.album.update({ where: a1, data: { tags: { set: [] } } }), ['albums/a-1']],
    ['nothing', (db) => db.album.deleteMany({ where: { name: 'none' } }), []],
    ['nothing mapped', (db) => db.label.update({ where: { id: 1 }, data: { name: 'x' } }), []],
    ['reads', (db) => db.album.findMany({ include: { tracks: true } }), []],
  ])('[FW14] who names rows by their ids marks those and no others: %s', async (_, run, expected) => {
    const world = await start()
    await fill(world)
    await run(world.db)
    expect((await world.marks()).left).toEqual(expected)
  })

  test.each<readonly [string, Run]>([
    [
      'who sets to none after it made some',
      (db) => db.album.update({ where: a1, data: { tags: { create: { name: 'n' }, set: [] } } }),
    ],
    [
      'who deletes after it connected by another key',
      (db) => db.album.update({ where: a1, data: { tracks: { connect: { position: 21 }, deleteMany: {} } } }),
    ],
    [
      'both ends of a relation to itself',
      (db) =>
        db.track.update({
          where: { ref: 't-11' },
          data: { remixOf: { create: { title: 'n' } }, remixes: { connect: { position: 12 } } },
        }),
    ],
    [
      'what Prisma makes and does not relate',
      (db) =>
        db.sleeve.upsert({
          where: { id: 's-3' },
          create: { color: 'x' },
          update: {
            album: {
              create: {
                name: 'n',
                label: { connectOrCreate: { where: { id: 1 }, create: { id: 1, name: 'x' } } },
              },
            },
          },
        }),
    ],
  ])('[FW18] new rows without ids that are parted again are refused: %s', async (_, run) => {
    const world = await start()
    await fill(world)
    const before = await world.plain.album.count()
    await expect(run(world.db)).rejects.toThrow(/give new rows their ids/)
    expect(await world.plain.album.count()).toBe(before)
    expect(await world.marks()).toEqual({ left: [], wanted: [] })
  })

  test('[FW18] with ids, or in an order that parts nothing new, they are not', async () => {
    const world = await start()
    const { db, plain } = world
    await fill(world)
    await db.album.update({ where: a1, data: { tracks: { deleteMany: {}, create: { title: 'n' } } } })
    await db.album.update({ where: a1, data: { tags: { create: { id: 'n', name: 'n' }, set: [] } } })
    await db.track.update({
      where: { ref: 't-21' },
      data: { remixOf: { connect: { ref: 't-22' } }, remixes: { create: { title: 'again' } } },
    })
    await db.album.update({
      where: { id: 'a-2' },
      data: { tracks: { create: { ref: 'n', title: 'n' }, deleteMany: {}, connect: { ref: 't-0' } } },
    })
    expect((await world.marks()).left).toEqual(expect.arrayContaining(['tags/n', 'tracks/n']))
    expect(await plain.track.findMany({ where: { albumId: 'a-2' }, select: { ref: true } })).toEqual([
      { ref: 't-0' },
    ])
  })

  test('[FW15] the caller gets what the client gives without the extension', async () => {
    const world = await start()
    const compared: readonly ((
      db: Pick<ExtendedClient, 'album' | 'track' | 'tag'>,
    ) => PromiseLike<unknown>)[] = [
      (db) => db.album.create({ data: { id: 'n', name: 'n' } }),
      (db) => db.album.create({ data: { id: 'n', name: 'n' }, select: { name: true } }),
      (db) => db.album.create({ data: { id: 'n', name: 'n' }, omit: { id: true } }),
      (db) =>
        db.album.update({
          where: a1,
          data: { tracks: { deleteMany: {} } },
          include: { tracks: true, tags: true },
        }),
      (db) =>
        db.album.update({
          where: a1,
          data: { year: 1 },
          select: { tracks: { take: 1, orderBy: { ref: 'asc' } } },
        }),
      (db) => db.album.update({ where: a1, data: { year: 1 } }).tracks({ orderBy: { ref: 'asc' } }),
      (db) =>
        db.track
          .update({ where: { ref: 't-11' }, data: { title: 'x' } })
          .album()
          .sleeve(),
      (db) =>
        db.track
          .update({ where: { ref: 't-0' }, data: { title: 'x' } })
          .album()
          .sleeve(),
      (db) => db.album.createMany({ data: [{ name: 'x' }, { name: 'y' }] }),
      (db) => db.album.createManyAndReturn({ data: [{ name: 'x' }], select: { name: true } }),
      (db) => db.track.updateMany({ where: { albumId: 'a-1' }, data: { title: 'x', albumId: null } }),
      (db) =>
        db.track.updateManyAndReturn({
          where: { albumId: 'a-1' },
          data: { albumId: null },
          omit: { ref: true },
        }),
      (db) =>
        db.tag.upsert({
          where: { name: 'Tag 1' },
          create: { name: 'x' },
          update: { name: 'y' },
          select: { name: true },
        }),
      (db) => db.track.delete({ where: { position: 12 }, select: { title: true } }),
      (db) => db.track.deleteMany({ where: { albumId: 'a-1' } }),
      (db) => db.track.deleteMany({ limit: 2 }),
    ]
    for (const run of compared) {
      await fill(world)
      const without = await run(world.plain as unknown as ExtendedClient)
      await fill(world)
      expect(await run(world.db)).toEqual(without)
    }
  })

  test('[FW15] and the same failures', async () => {
    const world = await start()
    await fill(world)
    const codeOf = async (run: Run): Promise<unknown> =>
      run(world.db).then(
        () => 'none',
        (error: { code?: unknown; name?: unknown }) => error.code ?? error.name,
      )
    expect(await codeOf((db) => db.album.create({ data: { id: 'a-1', name: 'again' } }))).toBe('P2002')
    expect(await codeOf((db) => db.album.update({ where: { id: 'none' }, data: { year: 1 } }))).toBe('P2025')
    expect(await codeOf((db) => db.album.delete({ where: { id: 'none' } }))).toBe('P2025')
    expect(await codeOf((db) => db.track.create({ data: { title: 'x', albumId: 'none' } }))).toBe('P2003')
    expect(await codeOf((db) => db.album.create({ data: { name: 1 as never } }))).toBe(
      'PrismaClientValidationError',
    )
    expect(
      await codeOf((db) => db.album.update({ where: a1, data: { tracks: { delete: { position: 21 } } } })),
    ).toBe('P2017')
    expect((await world.marks()).left).toEqual([])
  })
})
