import { isSyncError } from '@holdfast/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { databaseNames } from '../support/stores.ts'
import { figure } from '../../../../tests/harness/figure.ts'
import type { PrismaClient } from './related/prisma/sqlite/generated/client.ts'
import { useRelated } from './related/world.ts'

type Data = Readonly<Record<string, unknown>>

/** What the two models of a relation are to each other, for what may be said about it. */
interface End {
  readonly model: keyof typeof scalars
  readonly isList: boolean
  /** The field that leads back, which nested data does not have. */
  readonly back: string
}

const scalars = {
  label: fc.record({ name: fc.constantFrom('x', 'y') }),
  album: fc.record({ name: fc.constantFrom('x', 'y'), year: fc.option(fc.integer({ min: 1, max: 3 })) }),
  track: fc.record({ title: fc.string({ minLength: 4, maxLength: 8 }) }),
  cover: fc.record({ image: fc.constantFrom('x', 'y') }),
  sleeve: fc.record({ color: fc.constantFrom('red', 'blue') }),
  tag: fc.record({ name: fc.string({ minLength: 4, maxLength: 8 }) }),
} as const satisfies Record<string, fc.Arbitrary<Data>>

const ends: Readonly<Record<keyof typeof scalars, Readonly<Record<string, End>>>> = {
  label: { albums: { model: 'album', isList: true, back: 'label' } },
  album: {
    label: { model: 'label', isList: false, back: 'albums' },
    sleeve: { model: 'sleeve', isList: false, back: 'album' },
    tracks: { model: 'track', isList: true, back: 'album' },
    cover: { model: 'cover', isList: false, back: 'album' },
    tags: { model: 'tag', isList: true, back: 'albums' },
  },
  track: {
    album: { model: 'album', isList: false, back: 'tracks' },
    remixOf: { model: 'track', isList: false, back: 'remixes' },
    remixes: { model: 'track', isList: true, back: 'remixOf' },
  },
  cover: { album: { model: 'album', isList: false, back: 'cover' } },
  sleeve: { album: { model: 'album', isList: false, back: 'sleeve' } },
  tag: { albums: { model: 'album', isList: true, back: 'tags' } },
}

const idField = { label: 'id', album: 'id', track: 'ref', cover: 'id', sleeve: 'id', tag: 'id' } as const
const numbers = fc.integer({ min: 1, max: 4 })

/** One of few rows, by its id or by what else tells it. */
const one = (model: keyof typeof scalars): fc.Arbitrary<Data> => {
  if (model === 'label') return numbers.map((id) => ({ id }))
  const byId = numbers.map((number) => ({ [idField[model]]: `${model}-${number}` }))
  return model === 'track'
    ? fc.oneof(
        byId,
        numbers.map((position) => ({ position })),
      )
    : byId
}

const some = (model: keyof typeof scalars): fc.Arbitrary<Data> =>
  fc.oneof(
    fc.constant({}),
    scalars[model],
    model === 'track' ? numbers.map((position) => ({ position: { lte: position } })) : fc.constant({}),
  )

/** A new row, with an id of its own or without one. */
const created = (model: keyof typeof scalars, depth: number, back?: string): fc.Arbitrary<Data> => {
  const id = model === 'label' ? fc.integer({ min: 100, max: 1e6 }).map((id) => ({ id })) : fc.constant({})
  return fc
    .tuple(scalars[model], id, relations(model, depth, { kind: 'create', back }))
    .map(([own, given, others]) => ({ ...own, ...given, ...others }))
}

const changed = (model: keyof typeof scalars, depth: number, back?: string): fc.Arbitrary<Data> => {
  const renamed = fc.integer({ min: 1, max: 1e6 }).map((n) => ({ [idField[model]]: `${model}-new-${n}` }))
  const id =
    model === 'label' || model === 'album'
      ? fc.constant({})
      : fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, renamed)
  return fc
    .tuple(fc.oneof(fc.constant({}), scalars[model]), id, relations(model, depth, { kind: 'update', back }))
    .map(([own, given, others]) => ({ ...own, ...given, ...others }))
}

interface Place {
  readonly kind: 'create' | 'update'
  readonly back: string | undefined
}

const relations = (model: keyof typeof scalars, depth: number, { kind, back }: Place): fc.Arbitrary<Data> => {
  if (depth === 0) return fc.constant({})
  const parts = Object.entries(ends[model])
    .filter(([name]) => name !== back)
    .map(
      ([name, end]) => [name, fc.option(nested(end, depth - 1, kind), { freq: 2, nil: undefined })] as const,
    )
  return fc.record(Object.fromEntries(parts))
}

const named = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Data> =>
  value.map((given) => ({ [key]: given }))

const nested = (end: End, depth: number, kind: 'create' | 'update'): fc.Arbitrary<Data> => {
  const { model, isList, back } = end
  const create = created(model, depth, back)
  const update = changed(model, depth, back)
  const many = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    isList ? fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 2 })) : value
  const both = [
    named('create', many(create)),
    named('connect', many(one(model))),
    named('connectOrCreate', many(fc.record({ where: one(model), create }))),
  ]
  if (kind === 'create') return fc.oneof(...both)
  return isList
    ? fc.oneof(
        ...both,
        named('set', fc.array(one(model), { maxLength: 2 })),
        named('disconnect', many(one(model))),
        named('delete', many(one(model))),
        named('deleteMany', many(some(model))),
        named('updateMany', many(fc.record({ where: some(model), data: scalars[model] }))),
        named('update', many(fc.record({ where: one(model), data: update }))),
        named('upsert', many(fc.record({ where: one(model), create, update }))),
        fc.tuple(named('create', create), named('deleteMany', some(model))).map(([left, right]) => ({
          ...left,
          ...right,
        })),
      )
    : fc.oneof(
        ...both,
        named('disconnect', fc.constant(true)),
        named('delete', fc.oneof(fc.constant(true), some(model))),
        named('update', fc.oneof(update, fc.record({ where: some(model), data: update }))),
        named('upsert', fc.record({ create, update })),
      )
}

interface Call {
  readonly model: keyof typeof scalars
  readonly operation: string
  readonly args: Data
}

const calls: fc.Arbitrary<Call> = fc
  .constantFrom(...(Object.keys(scalars) as (keyof typeof scalars)[]))
  .chain((model) => {
    const call = (
      operation: string,
      args: Readonly<Record<string, fc.Arbitrary<unknown>>>,
    ): fc.Arbitrary<Call> => fc.record(args).map((given) => ({ model, operation, args: given }))
    return fc.oneof(
      call('create', { data: created(model, 2) }),
      { weight: 4, arbitrary: call('update', { where: one(model), data: changed(model, 2) }) },
      call('upsert', { where: one(model), create: created(model, 1), update: changed(model, 2) }),
      call('delete', { where: one(model) }),
      call('deleteMany', { where: some(model) }),
      call('updateMany', { where: some(model), data: scalars[model] }),
    )
  })

/** Four of each, related at will. */
const fill = async ({ label, album, track, cover, sleeve, tag }: PrismaClient): Promise<void> => {
  await cover.deleteMany()
  await track.deleteMany()
  await album.deleteMany()
  await sleeve.deleteMany()
  await tag.deleteMany()
  await label.deleteMany()
  const four = [1, 2, 3, 4]
  await label.createMany({ data: four.map((id) => ({ id, name: 'x' })) })
  await sleeve.createMany({ data: four.map((n) => ({ id: `sleeve-${n}`, color: 'red' })) })
  await album.createMany({
    data: four.map((n) => ({
      id: `album-${n}`,
      name: 'x',
      labelId: n > 2 ? 1 : 2,
      sleeveId: n > 2 ? `sleeve-${n}` : null,
    })),
  })
  await track.createMany({
    data: four.map((n) => ({
      ref: `track-${n}`,
      title: `t ${n}`,
      position: n,
      albumId: n < 3 ? 'album-1' : 'album-2',
    })),
  })
  await cover.createMany({
    data: four.map((n) => ({ id: `cover-${n}`, image: 'x', albumId: n < 3 ? `album-${n}` : null })),
  })
  await tag.createMany({ data: four.map((n) => ({ id: `tag-${n}`, name: `tag ${n}` })) })
  await album.update({
    where: { id: 'album-1' },
    data: { tags: { connect: [{ id: 'tag-1' }, { id: 'tag-2' }] } },
  })
}

/** What is in the tables; ids that were made up are all alike. */
const contents = async ({
  label,
  album,
  track,
  cover,
  sleeve,
  tag,
}: PrismaClient): Promise<readonly string[]> => {
  const tags = { tags: { select: { name: true }, orderBy: { name: 'asc' } } } as const
  const rows = [
    ...(await label.findMany()),
    ...(await album.findMany({ include: tags })),
    ...(await track.findMany()),
    ...(await cover.findMany()),
    ...(await sleeve.findMany()),
    ...(await tag.findMany()),
  ]
  return rows
    .map((row) => JSON.stringify(row, (_, value: unknown) => (isMadeUp(value) ? '*' : value)))
    .toSorted()
}

const isMadeUp = (value: unknown): boolean =>
  typeof value === 'string' && (/^c[a-z0-9]{24}$/.test(value) || /^[0-9a-f-]{36}$/.test(value))

/** The seed makes the same calls each time; what they are is told by a failure. */
const seed = Number(process.env['HOLDFAST_SEED'] ?? 20_260_101)
const rounds = Number(process.env['HOLDFAST_ROUNDS'] ?? 60)

describe.each(databaseNames)('%s', (name) => {
  const start = useRelated(name)

  test(
    '[FW14] [FW15] of calls that were drawn none writes a row without marking it, and each does what it does without',
    { timeout: 60_000 + rounds * 1000 },
    async () => {
      const { db, plain, marks } = await start({ references: false })
      const outcomes = { done: 0, refused: 0, unfollowable: 0 }
      for (const { model, operation, args } of fc.sample(calls, { numRuns: rounds, seed })) {
        const call = async (client: object): Promise<unknown> => {
          await fill(plain)
          await marks()
          const member = (client as Readonly<Record<string, unknown>>)[model] as Readonly<
            Record<string, (args: Data) => PromiseLike<unknown>>
          >
          return await member[operation]?.(args).then(
            () => undefined,
            (error: unknown) => error,
          )
        }
        const told = `${model}.${operation}(${JSON.stringify(args)})`
        const failureWithout = await call(plain)
        const without = await contents(plain)
        const failure = await call(db)
        const after = await contents(plain)
        const { left, wanted } = await marks()
        const outcome = isSyncError(failure) ? 'unfollowable' : failure === undefined ? 'done' : 'refused'
        outcomes[outcome] += 1
        const isDone = outcome === 'done'
        expect({
          told,
          left: isDone ? [] : left,
          missing: wanted.filter((mark) => !left.includes(mark)),
        }).toEqual({
          told,
          left: [],
          missing: [],
        })
        const same = outcome === 'unfollowable' ? {} : { failure: codeOf(failureWithout), after: without }
        expect({ told, failure: codeOf(failure), after }).toMatchObject({ told, ...same })
      }
      figure(
        `${name}, seed ${seed}: ${rounds} calls, ${outcomes.done} done, ${outcomes.refused} refused as without it, ${outcomes.unfollowable} refused as not to be followed`,
      )
      expect(outcomes.done).toBeGreaterThan(rounds / 2)
      expect(outcomes.unfollowable).toBeLessThan(rounds / 4)
    },
  )
})

const codeOf = (failure: unknown): unknown =>
  failure === undefined ? 'none' : ((failure as { readonly code?: unknown }).code ?? 'other')
