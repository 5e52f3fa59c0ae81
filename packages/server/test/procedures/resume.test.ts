import { describe, expect, test } from 'vitest'
import { answerOf, create, scope } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[RS1] answers for named operations in the order asked, and only for the asking user’s', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    const mine = create(a, 'r-1', { title: 'one' })
    const bad = create(a, 'r-2', { title: '' })
    await a.push(mine, bad)
    const foreign = create(b, 'r-3', { title: 'x' })
    await b.push(foreign)
    const input = { protocol: 1, clientId: 'a', scope, ids: [foreign.id, bad.id, 'unknown', mine.id] }
    const answer = answerOf(await world.handlers.resume({ user: { id: 'u-1' } }, input))
    expect(answer.verdicts).toMatchObject([
      { id: foreign.id, verdict: null },
      { id: bad.id, verdict: { kind: 'rejected', code: 'INVALID' } },
      { id: 'unknown', verdict: null },
      { id: mine.id, verdict: { kind: 'applied', version: 1 } },
    ])
    expect(answer.decided).toEqual({ watermark: 2, above: [] })
  })

  test('[RS5] a number that another operation holds is CLIENT_FORKED; a free one, and its own, are not', async () => {
    const world = await start()
    const a = world.client('a')
    const one = create(a, 'r-1', { title: 'one' })
    await a.push(one)
    const ask = (ids: readonly string[], clientSeqs: readonly number[]) =>
      world.handlers.resume({ user: { id: 'u-1' } }, { protocol: 2, clientId: 'a', scope, ids, clientSeqs })
    const { clientSeq } = one
    expect(await ask([one.id, 'other'], [clientSeq, clientSeq + 1])).toMatchObject({ kind: 'answer' })
    expect(await ask([one.id, 'other'], [clientSeq + 1, clientSeq])).toMatchObject({
      kind: 'refused',
      code: 'CLIENT_FORKED',
    })
  })

  test('[RS2] from a token on it lists all verdicts since, in pages', async () => {
    const world = await start()
    const a = world.client('a')
    const first = await a.push(create(a, 'r-0', { title: 'zero' }))
    for (let batch = 0; batch < 3; batch += 1) {
      const operations = Array.from({ length: 100 }, (_, index) =>
        create(a, `r-${batch}-${index}`, { title: 'x' }),
      )
      await a.push(...operations)
    }
    const ask = async (resumeToken: string) =>
      answerOf(
        await world.handlers.resume(
          { user: { id: 'u-1' } },
          { protocol: 1, clientId: 'a', scope, resumeToken },
        ),
      )
    const one = await ask(first.resumeToken)
    const two = await ask(one.resumeToken)
    const three = await ask(two.resumeToken)
    expect([one, two, three].map(({ verdicts }) => verdicts.length)).toEqual([200, 100, 0])
    expect(one.verdicts[0]?.id).toBe('a-op-2')
    expect(two.verdicts.at(-1)).toEqual({ id: 'a-op-301', verdict: { kind: 'applied', version: 1 } })
  })

  test('[RS3] the token belongs to its client, user and scope', async () => {
    const world = await start()
    const a = world.client('a')
    const { resumeToken } = await a.push(create(a, 'r-0', { title: 'zero' }))
    const ask = (user: string, clientId: string, at: string) =>
      world.handlers.resume({ user: { id: user } }, { protocol: 1, clientId, scope: at, resumeToken })
    const forbidden = { kind: 'refused', code: 'FORBIDDEN_OR_MISSING' }
    expect(await ask('u-2', 'z', scope)).toMatchObject(forbidden)
    expect(await ask('u-1', 'z', scope)).toMatchObject(forbidden)
    expect(await ask('u-1', 'a', 'team-2')).toMatchObject(forbidden)
    expect(await ask('u-1', 'a', scope)).toMatchObject({ kind: 'answer', verdicts: [] })
  })

  test('[RS4] a conflict is answered with the record as it is now', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    await a.push(create(a, 'r-1', { title: 'one' }), a.operation({ value: { title: 'two' }, baseVersion: 1 }))
    const disputed = b.operation({ value: { title: 'mine' }, baseVersion: 1 })
    await b.push(disputed)
    await a.push(a.operation({ type: 'delete', baseVersion: 2 }))
    const input = { protocol: 1, clientId: 'b', scope, ids: [disputed.id] }
    const answer = answerOf(await world.handlers.resume({ user: { id: 'u-2' } }, input))
    expect(answer.verdicts).toMatchObject([
      { verdict: { kind: 'conflict', fields: ['title'], serverDeleted: true, serverVersion: 3 } },
    ])
  })
})
