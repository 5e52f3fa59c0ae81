import { describe, expect, test } from 'vitest'
import { encodePortable } from '@holdfast/core/protocol'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, scope } from '../support/world.ts'

const nested = (levels: number): unknown =>
  JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[HX1] a member that no JSON text can stand for, or that is nested without end, spoils its own operation alone', async () => {
    const a = (await start()).client('a')
    const odd = [1n, nested(20_000), Number.NaN, { toJSON: 1 }, new Date(Number.NaN), undefined]
    const good = create(a, 'r-1', { title: 'x' })
    const operations = odd.flatMap((value) => [
      { ...a.operation({ recordId: 'r-1' }), payload: value },
      { ...a.operation({ recordId: 'r-1' }), baseVersion: value },
    ])
    const output = await a.pushRaw([good, ...operations])
    if (output.kind !== 'answer') throw new Error(JSON.stringify(output))
    const [first, ...others] = output.results
    expect(first).toMatchObject({ kind: 'applied' })
    for (const result of others) expect(result).toMatchObject({ kind: 'rejected', code: 'INVALID' })
  })

  test('[HX4] [HX5] a move to a scope that is not theirs tells nobody which records are there, and makes nothing of it', async () => {
    const world = await start({ scopes: (ctx) => (ctx.user.id === 'ada' ? ['adas'] : [scope]) })
    const ada = world.client('ada-1', 'ada')
    const secret = { ...create(ada, 'r-taken', { title: 'secret' }) }
    expect(await ada.pushRaw([secret], { scope: 'adas' })).toMatchObject({ results: [{ kind: 'applied' }] })

    const bert = world.client('bert-1', 'bert')
    await bert.push(create(bert, 'r-taken', { title: 'x' }), create(bert, 'r-free', { title: 'x' }))
    const answers: unknown[] = []
    for (const recordId of ['r-taken', 'r-free']) {
      for (const to of ['adas', 'nowhere']) {
        const move = bert.operation({
          recordId,
          type: 'move',
          payload: encodePortable({ to, patch: {} }),
          baseVersion: 1,
        })
        const { id: _, ...result } = (await bert.push(move)).results[0] ?? { id: '' }
        answers.push(result)
      }
    }
    expect(await world.store.scopes(undefined, 10)).toEqual(['adas', scope].toSorted())
    expect(answers[0]).toMatchObject({ kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' })
    expect(answers).toEqual(answers.map(() => answers[0]))
  })
})
