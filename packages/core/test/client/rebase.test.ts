import { expect, test } from 'vitest'
import { growingNotes } from '../support/placed-text.ts'
import { openDevices } from '../support/typed.ts'

const open = async () => {
  const devices = await openDevices(growingNotes(), 2)
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
