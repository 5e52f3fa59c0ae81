import { describe, expect, test } from 'vitest'
import type { ConflictAnswer } from '@holdfast/core'
import { openPair, type Pair } from '../support/pair.ts'
import { localServer } from '../support/transports.ts'
import { sync } from '../support/client.ts'
import { untilStatus } from '../support/until.ts'

const openUntold = async (more: { readonly page?: number; readonly ids?: readonly string[] } = {}) => {
  const { page = 500, ids = ['r'] } = more
  const server = localServer({ conflictData: 'none', limits: { page, maxPage: page } })
  return await openPair('asked', { server, ids })
}

const differ = async (pair: Pair): Promise<void> => {
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine', votes: 7 })
}

const answers: readonly [answer: ConflictAnswer, title: string][] = [
  ['mine', 'mine'],
  ['theirs', 'theirs'],
  [{ patch: { title: 'both' } }, 'both'],
]

describe('[CL119] where verdicts have no values, both sides come with the pull, and any answer can be given', () => {
  test.each(answers)('%j', async (answer, title) => {
    await using pair = await openUntold()
    await differ(pair)
    await pair.meet()
    const conflict = await pair.conflict()
    expect(conflict).toMatchObject({
      mine: { title: 'mine', votes: 7 },
      theirs: { title: 'theirs', votes: 0 },
      serverVersion: 2,
      updatedBy: 'they',
    })
    await pair.mine.client.conflicts.resolve(conflict.id, answer)
    await pair.meet()
    await pair.meet()
    for (const { client } of [pair.mine, pair.theirs])
      expect(await client.collections.asked.get('r')).toMatchObject({ title, votes: 7 })
  })

  test('a deletion is told as one', async () => {
    const server = localServer({ conflictData: 'none' })
    await using pair = await openPair('mourned', { server })
    await pair.theirs.client.collections.mourned.delete('r')
    await pair.mine.client.collections.mourned.update('r', { title: 'mine' })
    await pair.meet()
    expect(await pair.conflict()).toMatchObject({ theirs: undefined, mine: { title: 'mine' } })
  })

  test('until then it shows what was pulled before, and an answer to that waits for the next sync', async () => {
    const ids = ['r', ...Array.from({ length: 6 }, (_, index) => `s-${index}`)]
    await using pair = await openUntold({ page: 2, ids })
    for (const id of ids.slice(1)) await pair.theirs.client.collections.asked.update(id, { title: 'new' })
    await differ(pair)
    await sync(pair.theirs)
    await untilStatus(pair.theirs.client, 'synced')
    const shown: unknown[] = []
    const refused: unknown[] = []
    const asking = pair.mine.client.conflicts.list$().subscribe(([conflict]) => {
      if (conflict === undefined) return
      shown.push([conflict.theirs?.['title'], conflict.serverVersion])
      if (conflict.theirs?.['title'] !== 'old') return
      refused.push(
        pair.mine.client.conflicts.resolve(conflict.id, 'theirs').then(
          () => 'taken',
          (error: { readonly code: string }) => error.code,
        ),
      )
    })
    await sync(pair.mine)
    await untilStatus(pair.mine.client, 'synced')
    asking.unsubscribe()
    expect(shown.at(0)).toEqual(['old', 1])
    expect(shown.at(-1)).toEqual(['theirs', 2])
    expect(new Set(await Promise.all(refused))).toEqual(new Set(['STORAGE_CONFLICT']))
  })
})
