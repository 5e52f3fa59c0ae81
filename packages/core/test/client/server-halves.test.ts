import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { describe, expect, test } from 'vitest'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failing, localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

interface Halved {
  /** What is wrong with the server. */
  fault: 'nothing' | 'bug'
  readonly mine: TestClient
  readonly theirs: TestClient
}

/** The server shouts, refuses to be silent, and keeps the last title in a record of its own. */
const openHalved = async (options: Parameters<typeof openClient>[0] = {}): Promise<Halved> => {
  const halved: { fault: Halved['fault'] } = { fault: 'nothing' }
  const server = localServer({
    serverOperations: {
      tasks: {
        async rename({ record, input, records }) {
          if (halved.fault === 'bug') throw new TypeError('canary')
          const { title } = input as { readonly title: string }
          if (title === 'silence') throw new SyncError('REFUSED', 'Say something.', { reason: 'too_quiet' })
          await records.put('latest', 'last', { id: 'last', title, text: '', done: false, votes: 0 })
          return { ...record, title: title.toUpperCase() }
        },
      },
    },
  })
  const mine = await openClient({ ...options, user: 'me', transport: server('me') })
  const theirs = await openClient({ user: 'they', transport: server('they') })
  await theirs.client.collections.tasks.create({ id: 'r', title: 'old' })
  for (const device of [theirs, mine]) await settle(device)
  return Object.assign(halved, { mine, theirs })
}

const settle = async (device: TestClient): Promise<void> => {
  await sync(device)
  await untilStatus(device.client, 'synced')
  device.client.pause()
}

const titleOf = async ({ client }: TestClient): Promise<string | undefined> =>
  (await client.collections.tasks.get('r'))?.title

describe('an operation with a server half, as a device sees it', () => {
  test('[SO1] the guess is shown at once; then, without anything in between, what the server made of it', async () => {
    const { mine, theirs } = await openHalved()
    const seen: unknown[] = []
    const watching = mine.client.collections.tasks.get$('r').subscribe((task) => seen.push(task?.title))
    await until(mine.client.collections.tasks.get$('r'), (task) => task !== undefined)
    await mine.client.collections.tasks.run.rename('r', { title: 'hello' })
    expect(await titleOf(mine)).toBe('hello')
    await settle(mine)
    await until(mine.client.collections.tasks.get$('r'), (task) => task?.title === 'HELLO')
    expect(seen).toEqual(['old', 'hello', 'HELLO'])
    await settle(theirs)
    expect(await titleOf(theirs)).toBe('HELLO')
    watching.unsubscribe()
  })

  test('[SO3] a refusal is a dead letter with the reason, kept over a restart, and the guess is gone', async () => {
    const { mine } = await openHalved({ storage: memoryStorage() })
    const { operationId } = await mine.client.collections.tasks.run.rename('r', { title: 'silence' })
    expect(await titleOf(mine)).toBe('silence')
    await settle(mine)
    expect(await titleOf(mine)).toBe('old')
    const again = await mine.restart()
    const [letter, ...others] = await again.client.deadLetters.list()
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      id: operationId,
      status: 'REJECTED',
      fate: { kind: 'rejected', code: 'REFUSED', reason: 'too_quiet', message: 'Say something.' },
    })
    expect(JSON.parse(await again.client.deadLetters.export())).toMatchObject({
      letters: [{ fate: { reason: 'too_quiet' } }],
    })

    await again.client.deadLetters.retry(operationId, { title: 'hello' })
    await settle(again)
    expect(await titleOf(again)).toBe('HELLO')
    expect(await again.client.deadLetters.list()).toEqual([])
  })

  test('[SO13] a refusal whose answer was lost is heard at the next try, with its reason', async () => {
    const { mine } = await openHalved()
    const { operationId } = await mine.client.collections.tasks.run.rename('r', { title: 'silence' })
    mine.transport.once('push', (real) => async (input, options) => {
      await real(input, options)
      throw new SyncError('NETWORK_UNREACHABLE', 'The answer was lost.', {})
    })
    await sync(mine)
    await settle(mine)
    expect((await mine.client.operations.get(operationId))?.fate).toMatchObject({
      code: 'REFUSED',
      reason: 'too_quiet',
    })
  })

  test('[SO5] while the half is broken the guess stays, and strangers go on', async () => {
    const halved = await openHalved()
    const { mine, theirs } = halved
    halved.fault = 'bug'
    const { operationId } = await mine.client.collections.tasks.run.rename('r', { title: 'hello' })
    await mine.client.collections.tasks.create({ id: 'stranger', title: 'new' })
    await sync(mine)
    expect(await titleOf(mine)).toBe('hello')
    expect((await mine.client.operations.get(operationId))?.fate).toEqual({ kind: 'sent' })
    await settle(theirs)
    expect((await theirs.client.collections.tasks.get('stranger'))?.title).toBe('new')
    halved.fault = 'nothing'
    await settle(mine)
    expect(await titleOf(mine)).toBe('HELLO')
  })

  test('[SO10] a further record comes in the same head as the operation’s own', async () => {
    const { mine } = await openHalved()
    await mine.client.collections.tasks.run.rename('r', { title: 'hello' })
    // The guess concerns its own record alone.
    expect(await mine.client.collections.latest.get('last')).toBeUndefined()
    mine.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'No network.', {})))
    await sync(mine)
    expect(await mine.client.collections.latest.get('last')).toBeUndefined()
    const heads: string[] = []
    const watching = mine.client.collections.tasks.get$('r').subscribe((task) => {
      void mine.client.collections.latest
        .get('last')
        .then((last) => heads.push(`${task?.title} ${last?.title}`))
    })
    await settle(mine)
    await until(mine.client.collections.latest.get$('last'), (last) => last !== undefined)
    watching.unsubscribe()
    expect(await mine.client.collections.latest.get('last')).toMatchObject({ title: 'hello' })
    expect(heads).not.toContain('HELLO undefined')
  })

  test('[SO14] preflight names the operation, and hears that nobody will be asked', async () => {
    const { mine, theirs } = await openHalved()
    await theirs.client.collections.tasks.run.rename('r', { title: 'theirs' })
    await settle(theirs)
    await mine.client.collections.tasks.run.rename('r', { title: 'mine' })
    expect(await mine.client.preflight()).toMatchObject({
      conflictRisk: 'MEDIUM',
      entities: [{ id: 'r', reason: 'depends_on_values', fields: ['title'] }],
    })
    await mine.client.collections.tasks.update('r', { title: 'mine too' })
    expect(await mine.client.preflight()).toMatchObject({
      conflictRisk: 'HIGH',
      entities: [{ reason: 'asks' }],
    })
  })

  test('[SO1] [CL75] regression: after the answer to another record of its transaction it was a plain update, past its half', async () => {
    const { mine, theirs } = await openHalved()
    await theirs.client.collections.asked.create({ id: 'q', title: 'old' })
    for (const device of [theirs, mine]) await settle(device)
    await theirs.client.collections.asked.update('q', { title: 'theirs' })
    await settle(theirs)
    await mine.client.transaction(async ({ collections }) => {
      await collections.asked.update('q', { title: 'mine' })
      await collections.tasks.run.rename('r', { title: 'hello' })
    })
    await settle(mine)
    // Another change of the same record, later than what waits.
    await mine.client.collections.tasks.update('r', { text: 'later' })
    await settle(mine)
    const [question] = await mine.client.conflicts.list()
    await mine.client.conflicts.resolve(question?.id ?? '', 'mine')
    const pending = await mine.client.operations.list({ status: 'PENDING' })
    expect(pending.map(({ type }) => type).toSorted()).toEqual(['rename', 'update'])
    await settle(mine)
    expect(await mine.client.collections.tasks.get('r')).toMatchObject({ title: 'HELLO', text: 'later' })
    for (const { client } of [mine, theirs]) await client.close()
  })
  /** Both rename it and change its text, as one; somebody else had changed the text. */
  const openMixed = async (): Promise<Halved & { readonly question: string }> => {
    const halved = await openHalved()
    const { mine, theirs } = halved
    await theirs.client.collections.tasks.update('r', { text: 'theirs' })
    await settle(theirs)
    await mine.client.transaction(async ({ collections: { tasks } }) => {
      await tasks.run.rename('r', { title: 'hello' })
      await tasks.update('r', { text: 'mine', votes: 7 })
    })
    await settle(mine)
    const [question] = await mine.client.conflicts.list()
    expect(question).toMatchObject({ fields: ['text'] })
    return { ...halved, question: question?.id ?? '' }
  }

  test.each([
    ['mine', 'mine'],
    ['theirs', 'theirs'],
    ['a patch', { patch: { text: 'both' } }],
  ] as const)(
    '[SO1] [CL116] regression: with %s to an edit of the same record its guess became part of the answer, past its half',
    async (_name, answer) => {
      const { mine, theirs, question } = await openMixed()
      const receipt = await mine.client.conflicts.resolve(question, answer)
      const pending = await mine.client.operations.list({ status: 'PENDING' })
      expect(pending.map(({ type }) => type)).toEqual(['update', 'rename'])
      expect(receipt?.operationId).toBe(pending[0]?.id)
      await settle(mine)
      const text = typeof answer === 'object' ? 'both' : answer
      expect(await mine.client.collections.tasks.get('r')).toMatchObject({ title: 'HELLO', text, votes: 7 })
      // What the half did besides.
      await settle(theirs)
      expect(await theirs.client.collections.latest.get('last')).toMatchObject({ title: 'hello' })
      expect(await mine.client.deadLetters.list()).toEqual([])
      for (const { client } of [mine, theirs]) await client.close()
    },
  )

  test('[CL116] what was written over it afterwards comes after it again', async () => {
    const { mine, theirs } = await openHalved()
    await theirs.client.collections.tasks.update('r', { text: 'theirs' })
    await settle(theirs)
    await mine.client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('r', { text: 'mine' })
      await tasks.run.rename('r', { title: 'hello' })
      await tasks.update('r', { title: 'in the end' })
    })
    await settle(mine)
    const [question] = await mine.client.conflicts.list()
    await mine.client.conflicts.resolve(question?.id ?? '', 'mine')
    expect(await titleOf(mine)).toBe('in the end')
    await settle(mine)
    expect(await mine.client.collections.tasks.get('r')).toMatchObject({ title: 'in the end', text: 'mine' })
    expect(await mine.client.collections.latest.get('last')).toMatchObject({ title: 'hello' })
    for (const { client } of [mine, theirs]) await client.close()
  })

  test('[CL116] where it changed what is disputed, and another value is chosen, it is given up', async () => {
    const { mine, theirs } = await openHalved()
    await theirs.client.collections.tasks.update('r', { title: 'theirs' })
    await settle(theirs)
    await mine.client.collections.tasks.update('r', { title: 'mine' })
    await settle(mine)
    // It joins the question.
    await mine.client.collections.tasks.run.rename('r', { title: 'mine again' })
    expect(await titleOf(mine)).toBe('mine again')
    const [question] = await mine.client.conflicts.list()
    await mine.client.conflicts.resolve(question?.id ?? '', 'theirs')
    expect(await mine.client.operations.list({ status: 'PENDING' })).toEqual([])
    expect(await titleOf(mine)).toBe('theirs')
    for (const { client } of [mine, theirs]) await client.close()
  })
})
