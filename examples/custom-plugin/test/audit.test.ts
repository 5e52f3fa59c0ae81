import { expect, test } from 'vitest'
import { definePlugin, hasCode } from '@holdfast/core'
import { openDevice } from '../src/app/device.ts'
import { schema } from '../src/app/schema.ts'
import { audit } from '../src/audit/audit.ts'
import { createSealing } from '../src/audit/sealing.ts'
import { detailsOf, key, openWorld } from './support/world.ts'

test('a text is sealed the same way each time, differently in each record, and opens with its key only', () => {
  const { seal, unseal } = createSealing(key)
  const sealed = seal('héllo 🦭', 'r-1')
  expect(seal('héllo 🦭', 'r-1')).toBe(sealed)
  expect(seal('héllo 🦭', 'r-2')).not.toBe(sealed)
  expect(unseal(sealed, 'r-1')).toBe('héllo 🦭')
  expect(unseal('never sealed', 'r-1')).toBe('never sealed')
  expect(() => unseal(sealed, 'r-2')).toThrow(/authenticate/)
  expect(() => unseal(`${sealed.slice(0, -2)}AA`, 'r-1')).toThrow(/authenticate/)
  expect(() => createSealing(new Uint8Array(32)).unseal(sealed, 'r-1')).toThrow(/authenticate/)
})

test('a device without the plugin can neither send a note in plain text nor sign as somebody else', async () => {
  await using world = await openWorld()
  const bare = await openDevice({ schema, user: 'eve', url: world.server.url, plugins: [] })
  const forger = definePlugin({
    name: 'forger',
    hooks: {
      beforePush: (operations) =>
        operations.map((operation) => ({
          ...operation,
          payload: operation.payload.replace('"eve"', '"ada"'),
        })),
    },
  })
  const disguised = await openDevice({
    schema,
    user: 'eve',
    url: world.server.url,
    plugins: [audit({ key, secret: 'note', formerly: 'text' }), forger] as const,
  })
  try {
    await bare.client.collections.entries.create({ title: 'plain', note: 'for all to read' })
    await disguised.client.collections.entries.create({ title: 'signed', note: 'by ada' })
    for (const { client, sync } of [bare, disguised]) {
      await sync()
      const [letter] = await client.deadLetters.list()
      const code = client === bare.client ? 'INVALID' : 'FORBIDDEN_OR_MISSING'
      expect(letter?.fate).toMatchObject({ kind: 'rejected', code })
    }
  } finally {
    await bare.client.close()
    await disguised.client.close()
  }
})

test('a note that would be too long once sealed is refused at the write', async () => {
  await using world = await openWorld()
  const { client } = await world.open('ada')
  const refused: unknown = await client.collections.entries
    .create({ title: 'long', note: 'x'.repeat(20_001) })
    .catch((error: unknown) => error)
  expect(hasCode(refused, 'INVALID') && refused.details).toMatchObject({ path: 'note' })
  expect(await client.operations.list()).toEqual([])
})

test('a device with another key is blocked, named, and goes on with the right one', async () => {
  await using world = await openWorld()
  const ada = await world.open('ada')
  await ada.client.collections.entries.create({ title: 'one', note: 'secret' })
  await ada.sync()
  const plugins = [audit({ key: new Uint8Array(32), secret: 'note', formerly: 'text' })] as const
  const other = await openDevice({ schema, user: 'ben', url: world.server.url, plugins })
  const state = await other.sync()
  expect(state.status === 'blocked' && detailsOf(state.error)).toMatchObject({
    plugin: 'audit',
    hook: 'beforeApplyRemote',
  })
  await other.client.close()
  const ben = await world.open('ben')
  await ben.sync()
  expect(await ben.client.collections.entries.find()).toMatchObject([{ note: 'secret' }])
})

test('a device without a key is refused at the start, and a server needs none', async () => {
  const plugins = [audit({ secret: 'note', formerly: 'text' })] as const
  const refused: unknown = await openDevice({ schema, user: 'ada', url: 'http://127.0.0.1', plugins }).catch(
    (error: unknown) => error,
  )
  expect(hasCode(refused, 'MISCONFIGURED') && refused.details).toEqual({ option: 'key' })
})

test('the journal names who did what and holds no payload', async () => {
  await using world = await openWorld()
  const ada = await world.open('ada')
  await ada.client.collections.entries.create({ title: 'confidential title', note: 'secret' })
  await ada.sync()
  const lines = world.journal.filter(({ results }) => results.length > 0)
  expect(lines).toMatchObject([{ scope: 'ward-3', userId: 'ada', head: 1, results: [{ kind: 'applied' }] }])
  expect(JSON.stringify(lines)).not.toMatch(/confidential|secret/)
})
