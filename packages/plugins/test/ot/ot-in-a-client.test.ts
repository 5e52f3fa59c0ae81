import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { jsonEdit, otJson, otText, textEdit } from '@holdfast/plugins/ot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openDevices } from '../../../core/test/support/typed.ts'
import { failure } from '../../../core/test/support/failure.ts'

const schemaKeeping = (keep: number) =>
  defineSchema({
    version: '1.0.0',
    collections: {
      notes: collection({
        fields: z.object({
          id: z.string(),
          title: z.string().default(''),
          body: otText({ keep }),
          board: otJson(z.record(z.string(), z.number()), { keep }),
        }),
        conflict: fieldMerge({ onOverlap: 'ask' }),
      }),
    },
  })

const open = async (keep = 200) => {
  const devices = await openDevices(schemaKeeping(keep), 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  await mine.collections.notes.create({ id: 'r', body: 'hello world', board: { a: 1 } })
  await devices.meet()
  return {
    mine: mine.collections.notes,
    theirs: theirs.collections.notes,
    clients: { mine, theirs },
    meet: devices.meet,
    [Symbol.asyncDispose]: () => devices[Symbol.asyncDispose](),
  }
}

test('[OT04] a text that is set counts as the edit that leads there', async () => {
  await using devices = await open()
  await devices.mine.update('r', { body: 'hello brave world' })
  await devices.theirs.update('r', { body: 'hello world, again 👋' })
  await devices.theirs.update('r', { body: textEdit(['Oh ']) })
  await devices.meet()
  const body = 'Oh hello brave world, again 👋'
  expect(await devices.mine.get('r')).toMatchObject({ body })
  expect(await devices.theirs.get('r')).toMatchObject({ body })
})

test('[OT04] documents merge key by key, and by operations of their type', async () => {
  await using devices = await open()
  await devices.mine.update('r', { board: { a: 1, b: 2 } })
  await devices.theirs.update('r', { board: jsonEdit(['a', { ena: 4 }]) })
  await devices.meet()
  expect(await devices.mine.get('r')).toMatchObject({ board: { a: 5, b: 2 } })
  expect(await devices.theirs.get('r')).toMatchObject({ board: { a: 5, b: 2 } })
})

describe('[OT05] what builds on more than is remembered is made again', () => {
  test('what was typed comes near to its place, nothing of others is deleted, and nobody is asked', async () => {
    await using devices = await open(3)
    await devices.theirs.update('r', { body: 'hello small world' })
    await devices.theirs.update('r', { body: 'small world' })
    for (const text of ['A', 'B', 'C', 'D', 'E']) await devices.mine.update('r', { body: textEdit([text]) })
    await devices.meet(3)
    const mine = await devices.mine.get('r')
    expect(mine?.body).toContain('small')
    for (const text of ['E', 'D', 'C', 'B', 'A', 'world']) expect(mine?.body).toContain(text)
    expect(await devices.theirs.get('r')).toEqual(mine)
    expect(await devices.clients.theirs.conflicts.list()).toEqual([])
    expect(await devices.clients.theirs.deadLetters.list()).toEqual([])
  })

  test('[P05] where its place can not be found again it is a dead letter, and not lost', async () => {
    await using devices = await open(3)
    const { operationId } = await devices.theirs.update('r', { board: jsonEdit(['a', { ena: 1 }]) })
    await devices.mine.update('r', { board: {} })
    for (const b of [1, 2, 3, 4]) await devices.mine.update('r', { board: { b } })
    await devices.meet(3)
    expect(await devices.theirs.get('r')).toMatchObject({ board: { b: 4 } })
    expect(await devices.clients.theirs.deadLetters.list()).toMatchObject([
      { id: operationId, fate: { kind: 'rejected', code: 'MISSING_DEPENDENCY' } },
    ])
  })

  test('[CL80] and as such it can not be made again as it is: it says so, and stays', async () => {
    await using devices = await open(3)
    const { operationId } = await devices.theirs.update('r', { body: textEdit([{ d: 5 }]) })
    for (const text of ['A', 'B', 'C', 'D', 'E']) await devices.mine.update('r', { body: textEdit([text]) })
    await devices.meet(3)
    const { deadLetters } = devices.clients.theirs
    const error = await failure(deadLetters.retry(operationId), 'INVALID')
    expect(error.details).toEqual({ reason: 'no place' })
    expect((await deadLetters.list()).map(({ id }) => id)).toEqual([operationId])
    await deadLetters.retry(operationId, { title: 'instead' })
    expect(await devices.theirs.get('r')).toMatchObject({ title: 'instead', body: 'EDCBAhello world' })
  })
})

test('[OT06] what is no operation of the type is INVALID at the write, and nothing is queued', async () => {
  await using devices = await open()
  const wrong = [
    { body: textEdit([{ d: -1 }]) },
    { body: textEdit([100, 'x']) },
    { body: textEdit('x' as never) },
    { body: 5 as never },
    { board: jsonEdit(['nothing', { r: true }]) },
    { board: jsonEdit([{}] as never) },
    { board: { a: 'no number' } as never },
  ]
  for (const patch of wrong) await failure(devices.mine.update('r', patch), 'INVALID')
  expect(await devices.clients.mine.operations.list({ status: 'PENDING' })).toEqual([])
})

test('[OT03] a text that nobody wrote yet is written after another field, offline, and nothing is made again', async () => {
  await using devices = await openDevices(schemaKeeping(200), 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  await mine.collections.notes.create({ id: 'n' })
  await devices.meet()
  await theirs.collections.notes.update('n', { title: 'theirs' })
  await mine.collections.notes.update('n', { title: 'mine' })
  await mine.collections.notes.update('n', { body: textEdit(['hello']) })
  await mine.collections.notes.update('n', { body: textEdit([{ d: 1 }, 'H']), board: { a: 1 } })
  expect(await mine.collections.notes.get('n')).toMatchObject({ body: 'Hello', board: { a: 1 } })
  await devices.meet(3)
  expect(await theirs.collections.notes.get('n')).toMatchObject({ body: 'Hello', board: { a: 1 } })
  expect(await mine.operations.list({ status: 'SUPERSEDED' })).toEqual([])
})
