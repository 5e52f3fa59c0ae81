import { collection, defineSchema, type Schema } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failure } from '../support/failure.ts'
import { localServer } from '../support/transports.ts'
import { openWith, syncOnce } from '../regressions/open-with.ts'

const schemaWith = (text: z.ZodString) =>
  defineSchema({
    version: '1.0.0',
    collections: {
      notes: collection({
        fields: z.object({ id: z.string(), text, map: z.record(z.string(), z.number()).default({}) }),
        operations: {
          append: {
            input: z.object({ more: z.string() }),
            apply: (note, { more }) => ({ ...note, text: `${note.text}${more}` }),
          },
        },
      }),
    },
  })

/** As it was written before there were limits. */
const before = schemaWith(z.string().max(65_536))
const now = schemaWith(z.string())

const x = (length: number): string => 'x'.repeat(length)

test('[HX19] a device refuses at the write what its server would, says what to do, and stores nothing', async () => {
  await using device = await openWith(now)
  const { notes } = device.client.collections
  await notes.create({ id: 'a', text: x(32_768) })
  const error = await failure(notes.create({ id: 'b', text: x(32_769) }), 'TOO_LARGE')
  expect(error.details).toEqual({ what: 'text', limit: 32_768, actual: 32_769, path: 'text' })
  expect(error.message).toMatch('Declare more in the schema, z.string().max(...)')
  await failure(notes.update('a', { text: x(32_769) }), 'TOO_LARGE')
  await failure(notes.run.append('a', { more: x(32_769) }), 'TOO_LARGE')
  await failure(notes.run.append('a', { more: 'y' }), 'TOO_LARGE')
  const map = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`k${index}`, 1]))
  await failure(notes.update('a', { map }), 'TOO_LARGE')
  const both = device.client.transaction(async ({ collections }) => {
    await collections.notes.create({ id: 'c', text: 'c' })
    await collections.notes.update('a', { map })
  })
  await failure(both, 'TOO_LARGE')
  expect((await notes.find()).map(({ id }) => id)).toEqual(['a'])
  expect(await device.client.operations.list()).toHaveLength(1)
  expect(await syncOnce(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
})

test('[HX19] what an earlier version of the app queued is shown, holds up nothing, and ends as a dead letter that says why', async () => {
  const storage = memoryStorage()
  const server = localServer({ schema: now as unknown as Schema })
  const old = await openWith(before, { storage, transport: server('u-1') })
  await old.client.collections.notes.create({ id: 'a', text: 'a' })
  await old.client.collections.notes.update('a', { text: x(40_000) })
  await old.client.collections.notes.create({ id: 'b', text: 'b' })
  await old.client.close()

  await using device = await openWith(now, { storage, transport: server('u-1') })
  const { notes } = device.client.collections
  expect((await notes.get('a'))?.text).toHaveLength(40_000)
  expect(await syncOnce(device)).toMatchObject({ status: 'synced', deadLetters: 1 })
  const [letter] = await device.client.deadLetters.list()
  expect(letter).toMatchObject({
    recordId: 'a',
    type: 'update',
    fate: {
      code: 'TOO_LARGE',
      message: expect.stringMatching('text has 40000 characters; the most is 32768') as string,
    },
  })
  expect((await notes.find()).map(({ id, text }) => [id, text])).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ])
  await notes.update('a', { text: 'goes on' })
  expect(await syncOnce(device)).toMatchObject({ status: 'synced', deadLetters: 1 })
})
