import { describe, expect, test } from 'vitest'
import { createWorld, create, memoryWorld, readRow, scope, secret } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

const refusedBy = (code: string) => ({ kind: 'refused', code })

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[PR1] another protocol is UPGRADE_REQUIRED, naming the side that is behind', async () => {
    const a = (await start()).client('a')
    expect(await a.pullRaw({ protocol: 0 })).toMatchObject({
      ...refusedBy('UPGRADE_REQUIRED'),
      details: { side: 'client', supported: [1, 2, 3, 4] },
    })
    expect(await a.pushRaw([], { protocol: 99 })).toMatchObject({
      ...refusedBy('UPGRADE_REQUIRED'),
      details: { side: 'server' },
    })
  })

  test('[PR2] a malformed request is INVALID and names the place; unknown keys are ignored', async () => {
    const world = await start()
    const a = world.client('a')
    for (const input of [null, 7, 'x', [], {}, { protocol: 'one' }]) {
      expect(await world.handlers.pull({ user: { id: 'u-1' } }, input)).toMatchObject(refusedBy('INVALID'))
    }
    expect(await a.pullRaw({ limit: 0 })).toMatchObject({
      ...refusedBy('INVALID'),
      details: { path: 'limit' },
    })
    expect(await a.pullRaw({ fromTheFuture: true })).toMatchObject({ kind: 'answer' })
  })

  test('[PR3] a batch above the limit is TOO_LARGE as a whole', async () => {
    const a = (await start()).client('a')
    const operations = Array.from({ length: 201 }, (_, index) => create(a, `r-${index}`, { title: 'x' }))
    expect(await a.pushRaw(operations)).toMatchObject({
      ...refusedBy('TOO_LARGE'),
      details: { what: 'batch', limit: 200, actual: 201 },
    })
    expect(await a.pushRaw(operations.slice(0, 200))).toMatchObject({ kind: 'answer' })
  })

  test('[PR4] an unknown scope and a forbidden one answer alike, and nothing is made of them', async () => {
    const world = await start({ scopes: () => [scope] })
    const a = world.client('a')
    await world.store.write('forbidden', async () => undefined)
    const outputs = [
      await a.pullRaw({ scope: 'forbidden' }),
      await a.pullRaw({ scope: 'unknown' }),
      await a.pushRaw([create(a, 'r-1', { title: 'x' })], { scope: 'forbidden' }),
      await a.pushRaw([create(a, 'r-1', { title: 'x' })], { scope: 'unknown' }),
      await world.handlers.resume({ user: { id: 'u-1' } }, { protocol: 1, clientId: 'a', scope: 'unknown' }),
      await a.snapshotRaw({ scope: 'forbidden' }),
      await a.snapshotRaw({ scope: 'unknown' }),
      await a.preflightRaw([], { scope: 'forbidden' }),
      await a.preflightRaw([], { scope: 'unknown' }),
    ]
    expect(outputs[0]).toMatchObject(refusedBy('FORBIDDEN_OR_MISSING'))
    for (const output of outputs) expect(output).toEqual(outputs[0])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
  })

  test('[PR5] a client belongs to the user who first pushed with it; to others it is as unknown', async () => {
    const world = await start()
    const [own, foreign] = [world.client('a', 'u-1'), world.client('a', 'u-2')]
    await own.push(create(own, 'r-1', { title: 'x' }))
    const expected = refusedBy('FORBIDDEN_OR_MISSING')
    expect(await foreign.pushRaw([])).toMatchObject(expected)
    expect(await foreign.pushRaw([], { scope: 'team-2' })).toMatchObject(expected)
    expect(await foreign.pullRaw()).toMatchObject(expected)
    expect(await foreign.snapshotRaw()).toMatchObject(expected)
    expect(await foreign.preflightRaw([])).toMatchObject(expected)
    const input = { protocol: 1, clientId: 'a', scope, ids: ['a-op-1'] }
    expect(await world.handlers.resume({ user: { id: 'u-2' } }, input)).toMatchObject(expected)
    expect((await own.pull()).decided.watermark).toBe(1)
  })

  test('[PR6] a rotated instance is accepted when the server knows either value; a left-behind copy is CLIENT_FORKED', async () => {
    const a = (await start()).client('a')
    const rotate = (acknowledged: string, candidate: string) =>
      a.pushRaw([], { instance: { acknowledged, candidate } })
    expect(await rotate('i0', 'i1')).toMatchObject({ kind: 'answer' })
    expect(await rotate('i0', 'i1')).toMatchObject({ kind: 'answer' })
    expect(await rotate('i1', 'i2')).toMatchObject({ kind: 'answer' })
    expect(await rotate('i1', 'i2b')).toMatchObject({
      ...refusedBy('CLIENT_FORKED'),
      details: { clientId: 'a', instance: 'i2' },
    })
    expect(await rotate('i2', 'i3')).toMatchObject({ kind: 'answer' })
  })

  test('[PR6] the instance is one for all scopes of a client', async () => {
    const a = (await start()).client('a')
    await a.pushRaw([], { instance: { acknowledged: 'i0', candidate: 'i1' } })
    await a.pushRaw([], { instance: { acknowledged: 'i1', candidate: 'i2' } })
    const there = await a.pushRaw([], { instance: { acknowledged: 'i2', candidate: 'i3' }, scope: 'team-2' })
    expect(there).toMatchObject({ kind: 'answer' })
  })

  test('[PR7] a failure inside is SERVER_FAILED with a number to find it in the log, and says nothing else', async () => {
    const logged: unknown[] = []
    const world = await start({
      scopes: () => {
        throw new Error('canary: SELECT * FROM team')
      },
      logger: { error: (message, details) => logged.push([message, details]) },
    })
    const output = await world.client('a').pullRaw()
    expect(output).toMatchObject(refusedBy('SERVER_FAILED'))
    expect(JSON.stringify(output)).not.toContain('canary')
    const id = 'details' in output ? output.details['correlationId'] : undefined
    expect(logged).toMatchObject([
      ['pull failed.', { correlationId: id, error: { message: expect.any(String) as unknown } }],
    ])
  })
})

test('[PR8] a caller without a user is AUTH_REQUIRED', async () => {
  const { handlers } = memoryWorld()
  for (const ctx of [{}, { user: {} }, { user: { id: '' } }, { user: { id: 7 } }]) {
    expect(await handlers.pull(ctx as never, {})).toMatchObject(refusedBy('AUTH_REQUIRED'))
  }
})

test.each([
  ['schema', { schema: undefined }],
  ['store', { store: undefined }],
  ['scopes', { scopes: undefined }],
  ['authorize', { authorize: undefined }],
  ['tokenSecrets', { tokenSecrets: undefined }],
  ['tokenSecrets', { tokenSecrets: [] }],
  ['tokenSecrets', { tokenSecrets: [secret, 'short'] }],
  ['limits.page', { limits: { page: 0 } }],
  ['limits', { limits: { batch: 201 } }],
  ['plugins', { plugins: [{ name: 'a' }, { name: 'a' }] }],
])('[PR9] it refuses to start with a wrong %s', (option, options) => {
  const start = () => createWorld(memoryWorld().store, options as never)
  expect(start).toThrowError(expect.objectContaining({ code: 'MISCONFIGURED', details: { option } }))
})
