import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { readAnswer } from '../harness/recorded.ts'
import { openWorld, type World } from '../harness/world.ts'

const records = 10_000

const answersSince = ({ proxy }: World, start: number) =>
  proxy.requests.slice(start).map(({ answer }) => answer)

describe.each(databaseNames)('%s', (database) => {
  test(`[P06] of ${records} synced records one changes: the next pull carries exactly that one`, async () => {
    await using world = await openWorld({ database })
    const writer = await world.device('writer', { limits: { maxOps: records } })
    const reader = await world.device('reader')
    const { tasks } = writer.client.collections
    await Promise.all(
      Array.from({ length: records }, (_, index) =>
        tasks.create({ id: `r-${index}`, title: `task ${index}` }),
      ),
    )
    expect(await writer.settle()).toMatchObject({ status: 'synced' })
    expect(await reader.settle()).toMatchObject({ status: 'synced' })
    expect(await reader.client.collections.tasks.find()).toHaveLength(records)

    await tasks.update('r-4711', { title: 'changed' })
    await writer.settle()
    const start = world.proxy.requests.length
    await reader.settle()
    const answers = answersSince(world, start)
    const changes = answers.flatMap((answer) => readAnswer(answer).changes)
    expect(answers).toHaveLength(1)
    expect(changes).toMatchObject([{ collection: 'tasks', id: 'r-4711', version: 2 }])
    expect(await reader.client.collections.tasks.get('r-4711')).toMatchObject({ title: 'changed' })
    expect(await reader.client.collections.tasks.get('r-4712')).toMatchObject({ title: 'task 4712' })
    const bytes = answers[0]?.length ?? 0
    expect(bytes).toBeLessThan(2_000)
    figure(`${database}: ${changes.length} of ${records} records, ${bytes} bytes`)
  })

  test('[P06] a pull with nothing new carries nothing', async () => {
    await using world = await openWorld({ database })
    const device = await world.device('writer')
    await device.client.collections.tasks.create({ title: 'one' })
    await device.settle()
    const start = world.proxy.requests.length
    await device.settle()
    expect(answersSince(world, start).map((answer) => readAnswer(answer).changes)).toEqual([[]])
  })

  test('[P06] a record that changed 50 times is one row, with its latest fields', async () => {
    await using world = await openWorld({ database })
    const writer = await world.device('writer')
    const reader = await world.device('reader')
    const { tasks } = writer.client.collections
    await tasks.create({ id: 'r', title: 'zero' })
    await writer.settle()
    await reader.settle()
    for (let votes = 1; votes <= 50; votes += 1) await tasks.update('r', { votes })
    await writer.settle()
    const start = world.proxy.requests.length
    await reader.settle()
    const changes = answersSince(world, start).flatMap((answer) => readAnswer(answer).changes)
    expect(changes).toMatchObject([{ id: 'r', kind: 'fields', version: 51, data: '{"votes":50}' }])
  })
})
