import { describe, expect, test } from 'vitest'
import { measure } from '../measure.ts'
import { broughtByPlugins, mostForNow, strangersIn } from '../report.ts'

test('a page loads neither server code nor built-in modules, and with the schema alone no engine', async () => {
  const [app, schemaOnly] = [await measure('app'), await measure('schema-only')]
  expect(strangersIn({ app, schemaOnly })).toEqual([])
  expect(schemaOnly.bytes).toBeLessThan(app.bytes / 2)
})

test('a page that is over its budget grows no further unnoticed', async () => {
  expect((await measure('app')).bytes).toBeLessThan(mostForNow)
})

test('a page whose operations the server decides loads no code of their server halves', async () => {
  const { modules } = await measure('../../../examples/bank/src/device')
  expect(modules).toContainEqual(expect.stringMatching(/examples\/bank\/src\/schema\.ts$/))
  const server = /packages\/server\/|bank\/src\/server\.ts|core\/src\/model\/server-half\.ts/
  expect(modules.filter((path) => server.test(path))).toEqual([])
})

test.each([
  ['a database of Node', '../test/planted/sqlite', /better-sqlite3|node:sqlite/],
  ['the server', '../test/planted/server', /packages\/server\//],
  ['what rxjs makes of promises and iterables', '../test/planted/rxjs-operator', /rxjs\/.*\/innerFrom/],
])('a page that needs %s is noticed', async (_, entry, stranger) => {
  const app = await measure(entry)
  const strangers = strangersIn({ app, schemaOnly: await measure('schema-only') })
  expect(strangers).toContainEqual(expect.stringMatching(stranger))
})

describe('[PG7] a part of core that only plugins need', () => {
  test.each(Object.entries(broughtByPlugins))(
    '%s: comes with its plugin, and not without',
    async (_, part) => {
      const without = await measure('app')
      const withPlugins = await measure('../test/planted/with-plugins')
      expect(without.modules.filter((path) => part.test(path))).toEqual([])
      expect(withPlugins.modules).toContainEqual(expect.stringMatching(part))
    },
  )
})

test('a page for the schema that needs the client is noticed', async () => {
  const app = await measure('app')
  expect(strangersIn({ app, schemaOnly: app })).toContainEqual(expect.stringMatching(/core\/src\/engine/))
})
