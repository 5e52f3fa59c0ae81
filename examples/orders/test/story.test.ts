import { expect, test } from 'vitest'
import { tellStory } from '../src/story.ts'

test('the story: server code changes an order, a device shows it at once, a worker tells of it, the cost stays', async () => {
  const said: string[] = []
  const { order, mails } = await tellStory((line) => said.push(line))
  expect(order).toEqual({ id: 'o-1', article: 'A lamp', paid: true })
  expect(mails).toMatchObject([
    { head: 1, userId: 'ada', records: [{ collection: 'orders', id: 'o-1', version: 1 }] },
    { head: 2, userId: 'cashier', clientId: '$server', records: [{ id: 'o-1', version: 2 }], operations: [] },
  ])
  expect(JSON.stringify(mails)).not.toContain('lamp')
  expect(said).toEqual([
    'Ada orders a lamp.',
    'The cashier’s REST call: 204.',
    'Her phone shows it as paid, without having asked.',
    'The worker has mailed it.',
  ])
})
