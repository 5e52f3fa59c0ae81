import { expectTypeOf, test } from 'vitest'
import type { PrismaClient } from './related/prisma/sqlite/generated/client.ts'
import type { ExtendedClient } from './related/world.ts'

/** Never run: what it says is what the compiler says. */
const written = async (db: ExtendedClient, plain: PrismaClient) => {
  const [batch, found] = await db.$transaction([
    db.album.create({ data: { name: 'x' }, select: { name: true } }),
    db.track.findMany(),
  ])
  const plainFound = await plain.track.findMany()
  const updated = await db.album.update({
    where: { id: 'a' },
    data: { tracks: { create: { title: 'x' } } },
    include: { tracks: true },
  })
  const inside = await db.$transaction(async (tx) => await tx.album.delete({ where: { id: 'a' } }))
  const lines = await db.album.update({ where: { id: 'a' }, data: { year: 1 } }).tracks()
  const more = db.$extends({ name: 'more' })
  // @ts-expect-error An album has no such field.
  await db.album.update({ where: { id: 'a' }, data: { colour: 'red' } })
  return {
    batch,
    found,
    plainFound,
    updated,
    inside,
    lines,
    more: await more.album.count(),
  }
}

test('[FW15] the extended client has the types of the client', () => {
  type Written = Awaited<ReturnType<typeof written>>
  expectTypeOf<Written['batch']>().toEqualTypeOf<{ name: string }>()
  expectTypeOf<Written['found']>().toEqualTypeOf<Written['plainFound']>()
  expectTypeOf<Written['updated']['tracks'][number]['position']>().toEqualTypeOf<number | null>()
  expectTypeOf<Written['inside']['year']>().toEqualTypeOf<number | null>()
  expectTypeOf<NonNullable<Written['lines']>[number]['ref']>().toEqualTypeOf<string>()
  expectTypeOf<keyof ExtendedClient & 'movie'>().toBeNever()
  expectTypeOf<Written['more']>().toEqualTypeOf<number>()
})
