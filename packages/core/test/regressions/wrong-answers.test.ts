import { expect, test } from 'vitest'
import type { ConflictAnswer } from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { openPair } from '../support/pair.ts'
import { openTeams, teamServer } from '../support/teams.ts'

test('[CL25] what is no answer answers no question', async () => {
  await using pair = await openPair('tasks')
  const { client } = pair.mine
  await client.collections.tasks.update('r', { title: 'mine' })
  await pair.theirs.client.collections.tasks.update('r', { title: 'theirs' })
  await pair.meet()
  const question = await pair.conflict()
  for (const answer of [undefined, null, '', 'ours', 3, [], {}]) {
    await failure(client.conflicts.resolve(question.id, answer as ConflictAnswer), 'INVALID')
    const [{ error } = {}] = await client.conflicts.resolveMany([question.id], answer as ConflictAnswer)
    expect(error).toMatchObject({ code: 'INVALID' })
  }
  expect(await client.conflicts.list()).toEqual([question])
  expect(await client.conflicts.resolve(question.id, 'mine')).toBeDefined()
})

test('[CL81] [SC06] an edited dead letter stays where it is: the scope function has the same say as at the write', async () => {
  const server = teamServer({ authorize: ({ after }) => after?.['title'] !== 'forbidden' })
  await using device = await openTeams({ transport: server('u-1'), scopes: ['team-1', 'team-2'] })
  const { client } = device
  const { operationId } = await client.collections.tasks.create({
    id: 'a',
    title: 'forbidden',
    team: 'team-1',
  })
  await device.sync()
  expect(await client.deadLetters.list()).toHaveLength(1)
  await failure(client.deadLetters.retry(operationId, { title: 'fine', team: 'team-2' }), 'INVALID')
  expect(await client.deadLetters.list()).toHaveLength(1)
  await client.deadLetters.retry(operationId, { title: 'fine', team: 'team-1' })
  expect(await device.sync()).toMatchObject({ status: 'synced', deadLetters: 0 })
})
