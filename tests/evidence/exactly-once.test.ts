import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { createOperation, pushOf, rawTransport, signal } from '../harness/raw-push.ts'
import { openWorld, type World } from '../harness/world.ts'

const copies = 50

/** Each push takes effect, and the first answer to each is lost. */
const dropFirstAnswers = ({ proxy }: World): { readonly dropped: () => number } => {
  const seen = new Set<string>()
  proxy.decide = ({ procedure, operationIds }) => {
    const key = operationIds.join()
    if (procedure !== 'push' || seen.has(key)) return undefined
    seen.add(key)
    return { kind: 'cutAfter' }
  }
  return { dropped: () => seen.size }
}

describe.each(databaseNames)('%s', (database) => {
  test('[P03] of 50 copies of a push at the same time one is applied, and 49 are told its verdict', async () => {
    await using world = await openWorld({ database })
    const transport = rawTransport(world, 'u-1')
    const input = pushOf([createOperation('r')])
    const answers = await Promise.all(Array.from({ length: copies }, () => transport.push(input, { signal })))

    const results = answers.flatMap((answer) => answer.results)
    const applied = results.filter(({ kind }) => kind === 'applied')
    const duplicates = results.filter(({ kind }) => kind === 'duplicate')
    figure(`${database}: ${applied.length} applied, ${duplicates.length} duplicate of ${copies}`)
    expect(applied).toEqual([{ id: 'op-r', kind: 'applied', version: 1 }])
    expect(duplicates).toHaveLength(copies - 1)
    for (const duplicate of duplicates)
      expect(duplicate).toMatchObject({ verdict: { kind: 'applied', version: 1 } })
    const rows = await world.server.prisma.holdfastRecord.findMany()
    expect(rows).toMatchObject([{ recordId: 'r', version: 1n }])
    expect(await world.server.prisma.holdfastOperation.count()).toBe(1)
  })

  test('[P03] 50 copies of a conflicting push are all told of the same conflict', async () => {
    await using world = await openWorld({ database })
    const first = rawTransport(world, 'u-1')
    await first.push(pushOf([createOperation('r')]), { signal })
    const other = rawTransport(world, 'u-2')
    const edit = createOperation('r', { id: 'op-2', type: 'update', payload: '{"title":"two"}' })
    const input = pushOf([edit], { clientId: 'other-client' })
    const answers = await Promise.all(Array.from({ length: copies }, () => other.push(input, { signal })))
    const verdicts = answers
      .flatMap(({ results }) => results)
      .map((result) => (result.kind === 'duplicate' ? result.verdict : result))
    expect(verdicts).toHaveLength(copies)
    for (const verdict of verdicts)
      expect(verdict).toMatchObject({ kind: 'conflict', fields: ['title'], serverVersion: 1 })
  })

  test.each(['after the first sync', 'on the very first one'])(
    '[P03] [P07] the first answer of every push is lost %s: each effect once, and nothing shown goes back',
    async (when) => {
      await using world = await openWorld({ database })
      const device = await world.device('anna', { batch: { operations: 5 } })
      const other = await world.device('bert')
      const { tasks } = device.client.collections
      if (when === 'after the first sync') await device.sync()
      const { dropped } = dropFirstAnswers(world)

      await tasks.create({ id: 'r', title: 'counted' })
      const shown: (number | undefined)[] = []
      const subscription = tasks.get$('r').subscribe((task) => shown.push(task?.votes))
      const edits = 40
      for (let votes = 1; votes <= edits; votes += 1) {
        await tasks.update('r', { votes })
        if (votes % 10 === 0) await device.settle()
      }
      expect(await device.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
      await other.sync()
      subscription.unsubscribe()

      expect(dropped()).toBeGreaterThanOrEqual(8)
      const [row] = await world.server.prisma.holdfastRecord.findMany()
      expect(Number(row?.version)).toBe(edits + 1)
      expect(await world.server.prisma.holdfastOperation.count()).toBe(edits + 1)
      expect(await other.client.collections.tasks.get('r')).toMatchObject({ votes: edits })
      expect(shown).toEqual(Array.from({ length: edits + 1 }, (_, votes) => votes))
      const fates = await device.client.operations.list({ status: 'COMPLETED' })
      expect(fates).toHaveLength(edits + 1)
      figure(
        `${database}: ${dropped()} answers lost, ${edits + 1} operations, version ${row?.version}, ${shown.length} values shown`,
      )
    },
  )
})
