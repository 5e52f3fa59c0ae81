import {
  collection,
  defineField,
  defineSchema,
  fieldMerge,
  SyncError,
  type FieldType,
  type Portable,
} from '@holdfast/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openDevices } from '../support/typed.ts'

const textOf = (value: Portable): string => (typeof value === 'string' ? value : '')

/** Text that only grows, and only at the version that its author saw: anything else has to be made again. */
const lines: FieldType<{ readonly at: number; readonly text: string }> & { readonly name: 'lines' } = {
  name: 'lines',
  empty: { value: '' },
  prepare: ({ value }, wanted, { baseVersion }) => {
    const after = wanted.kind === 'set' ? textOf(wanted.value) : ''
    return { at: baseVersion, text: after.slice(textOf(value).length) }
  },
  apply({ value }, delta, { version, replaying }) {
    const { at, text } = delta as { readonly at: number; readonly text: string }
    if (!replaying && at !== version - 1)
      throw new SyncError('MISSING_DEPENDENCY', 'Too much happened since.', { path: 'lines' })
    return { value: `${textOf(value)}${text}` }
  },
  compose: (first, second) => ({ at: first.at, text: first.text + second.text }),
  difference(before, after, { baseVersion }) {
    const text = textOf(after.value).slice(textOf(before.value).length)
    return text === '' ? undefined : { at: baseVersion, text }
  },
}

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().default(''),
        body: defineField(z.string(), lines),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})

const open = async () => {
  const devices = await openDevices(schema, 2)
  const [first, second] = devices.clients
  if (first === undefined || second === undefined) throw new Error('There are two.')
  await first.collections.notes.create({ id: 'r', body: 'a' })
  await first.collections.notes.create({ id: 'other' })
  await devices.meet()
  return { ...devices, first, second }
}

test('[CL110] what the server answers with rebase is made again on the newer record, and nobody is asked', async () => {
  const devices = await open()
  const { first, second } = devices
  await first.collections.notes.update('r', { body: 'ab' })
  const { operationId } = await second.collections.notes.update('r', { title: 'mine', body: 'ac' })
  await devices.meet()
  const merged = { id: 'r', title: 'mine', body: 'abc' }
  expect(await first.collections.notes.get('r')).toEqual(merged)
  expect(await second.collections.notes.get('r')).toEqual(merged)
  expect(await second.conflicts.list()).toEqual([])
  const before = await second.operations.get(operationId)
  expect(before?.status).toBe('SUPERSEDED')
  const by = before?.fate.kind === 'superseded' ? (before.fate.by ?? '') : ''
  expect(await second.operations.get(by)).toMatchObject({ status: 'COMPLETED' })
  await devices[Symbol.asyncDispose]()
})

test('[CL110] a transaction with it is made again as a whole', async () => {
  const devices = await open()
  const { first, second } = devices
  await first.collections.notes.update('r', { body: 'ab' })
  await second.transaction(async ({ collections: { notes } }) => {
    await notes.update('other', { title: 'with it' })
    await notes.update('r', { body: 'ac' })
  })
  await devices.meet()
  for (const client of [first, second]) {
    expect(await client.collections.notes.get('r')).toMatchObject({ body: 'abc' })
    expect(await client.collections.notes.get('other')).toMatchObject({ title: 'with it' })
  }
  expect(await second.conflicts.list()).toEqual([])
  await devices[Symbol.asyncDispose]()
})

test('[CL111] where a person is asked about the record too, it is made again with the answer', async () => {
  const devices = await open()
  const { first, second } = devices
  await first.collections.notes.update('r', { title: 'first', body: 'ab' })
  await second.collections.notes.update('r', { title: 'second' })
  await second.collections.notes.update('r', { body: 'ac' })
  await devices.meet()
  const [conflict] = await second.conflicts.list()
  expect(conflict).toMatchObject({ fields: ['title'], mine: { body: 'abc' } })
  await second.conflicts.resolve(conflict?.id ?? '', 'mine')
  await devices.meet()
  for (const client of [first, second])
    expect(await client.collections.notes.get('r')).toMatchObject({ title: 'second', body: 'abc' })
  await devices[Symbol.asyncDispose]()
})
