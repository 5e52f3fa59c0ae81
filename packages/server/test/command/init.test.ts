import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { schemaInConfig } from '../../src/command/init/find-schema.ts'
import { inspectSqlite } from '../support/inspect-database.ts'
import { run, useFolder } from './run.ts'

const folderWith = useFolder()
const own = resolve(import.meta.dirname, '../..')
const tables = 'Scope Batch Record Client Watermark Operation Resend Outbox Home Touched'
const names = tables.split(' ').map((name) => `Holdfast${name}`)

const head = (provider: string, more = ''): string => `generator client {
  provider = "prisma-client"
  output   = "./generated"
}

datasource db {
  provider = "${provider}"${more}
}
`

const post = `
/// An app's own. { not a block }
model Post {
  id    Int    @id @default(autoincrement()) // model HoldfastScope {
  title String @default("} // no comment")
}
`

const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8')
const modelsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^model (\w+) \{/gm)].map(([, name = '']) => name)

/** Prisma itself. */
const prisma = async (cwd: string, command: 'validate' | 'format', schema: string): Promise<string> => {
  await symlink(join(own, 'node_modules'), join(cwd, 'node_modules'))
  await writeFile(join(cwd, 'tool.config.ts'), 'export default { datasource: { url: "file:./dev.db" } }')
  const program = join(own, 'node_modules/prisma/build/index.js')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, command, '--config', 'tool.config.ts', '--schema', schema],
    // It insists on an engine file that it does not run.
    { cwd, env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: join(cwd, 'tool.config.ts') } },
  )
  return stdout
}

const validate = (cwd: string, schema: string): Promise<string> => prisma(cwd, 'validate', schema)

describe('[CM5] the schema is found', () => {
  const schema = head('sqlite')
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['at prisma/schema.prisma', { 'prisma/schema.prisma': schema }, 'prisma/schema.prisma'],
    ['at schema.prisma', { 'schema.prisma': schema }, 'schema.prisma'],
    ['in prisma/schema/', { 'prisma/schema/main.prisma': schema }, 'prisma/schema/holdfast.prisma'],
    [
      'by prisma.config.ts',
      {
        'prisma.config.ts':
          "import 'x'\nexport default defineConfig({\n  // schema: 'no'\n  schema: 'db/app.prisma',\n})",
        'db/app.prisma': schema,
        'prisma/schema.prisma': head('mysql'),
      },
      'db/app.prisma',
    ],
    [
      'by a folder in the config',
      {
        'prisma.config.ts': "export default { schema: path.join(__dirname, 'db', 'parts') }",
        'db/parts/a.prisma': schema,
      },
      'db/parts/holdfast.prisma',
    ],
    [
      'by package.json',
      { 'package.json': '{ "prisma": { "schema": "db/app.prisma" } }', 'db/app.prisma': schema },
      'db/app.prisma',
    ],
  ])('%s', async (_, files, changed) => {
    const cwd = await folderWith(files)
    const { code, out } = await run(['init'], { cwd })
    expect(code).toBe(0)
    expect(out).toContain(`${changed}: added 10 models`)
    expect(modelsIn(read(cwd, changed))).toEqual(names)
  })

  test('by --schema, before all others', async () => {
    const cwd = await folderWith({ 'prisma/schema.prisma': schema, 'x/y.prisma': schema })
    expect((await run(['init', '--schema', 'x/y.prisma'], { cwd })).code).toBe(0)
    expect(read(cwd, 'prisma/schema.prisma')).toBe(schema)
  })

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['nowhere', {}, 'name it with --schema'],
    [
      'not where the config says',
      { 'prisma.config.ts': 'export default { schema: "a.prisma" }' },
      'no Prisma schema at a.prisma',
    ],
    [
      'computed in the config',
      { 'prisma.config.ts': 'export default { schema: find() }' },
      'give it with --schema',
    ],
    ['without a datasource', { 'schema.prisma': post }, 'no datasource'],
    ['for another database', { 'schema.prisma': head('mysql') }, 'the datasource of this schema is mysql'],
  ])('or a sentence says why not: %s', async (_, files, sentence) => {
    const { code, err } = await run(['init'], { cwd: await folderWith(files) })
    expect(code).toBe(1)
    expect(err).toContain(sentence)
  })

  test.each([
    ["{ schema: 'a/b' }", { kind: 'path', path: 'a/b' }],
    ['{\n  schema:\n    "a/b",\n}', { kind: 'path', path: 'a/b' }],
    ["{ url: 'http://x', schema: join('a', 'b') }", { kind: 'path', path: 'a/b' }],
    ['{ schema, x }', { kind: 'unreadable' }],
    ['{ schema: `${root}/a` }', { kind: 'unreadable' }],
    ['{ /* schema: "a" */ datasource: {} }', { kind: 'none' }],
  ])('a config that says %s', (text, said) => {
    expect(schemaInConfig(text)).toEqual(said)
  })
})

describe('[CM6] the models are added', () => {
  test.each(['sqlite', 'postgresql'])('to one file for %s, and Prisma accepts it', async (provider) => {
    const before = head(provider) + post
    const cwd = await folderWith({ 'schema.prisma': before })
    expect((await run(['init'], { cwd })).code).toBe(0)
    const text = read(cwd, 'schema.prisma')
    expect(text.startsWith(before)).toBe(true)
    expect(modelsIn(text)).toEqual(['Post', ...names])
    expect(text).toContain(
      '/// The unit of visibility and ordering. Its row is the lock of every write.\nmodel HoldfastScope {',
    )
    expect(await validate(cwd, 'schema.prisma')).toContain('is valid')
  })

  test('to a folder as a file of their own, with database schemas, and Prisma accepts it', async () => {
    const main = head('postgresql', '\n  schemas = ["app", "public"]')
    const other = post.replace('\n}', '\n  @@schema("app")\n}')
    const cwd = await folderWith({
      'prisma/schema/main.prisma': main,
      'prisma/schema/models/post.prisma': other,
    })
    expect((await run(['init'], { cwd })).code).toBe(0)
    expect(read(cwd, 'prisma/schema/main.prisma')).toBe(main)
    expect(read(cwd, 'prisma/schema/models/post.prisma')).toBe(other)
    expect(modelsIn(read(cwd, 'prisma/schema/holdfast.prisma'))).toEqual(names)
    expect(read(cwd, 'prisma/schema/holdfast.prisma').match(/@@schema\("public"\)/g)).toHaveLength(10)
    expect(await validate(cwd, 'prisma/schema')).toContain('are valid')

    const moved = read(cwd, 'prisma/schema/holdfast.prisma').replaceAll('("public")', '("app")')
    await writeFile(join(cwd, 'prisma/schema/holdfast.prisma'), moved)
    expect((await run(['init'], { cwd })).out).toContain('already there')
  })
})

describe('[CM7] a second init changes nothing', () => {
  const twice = async (files: Readonly<Record<string, string>>, change: (text: string) => string) => {
    const cwd = await folderWith(files)
    await run(['init'], { cwd })
    const [file = ''] = readdirSync(cwd).filter((name) => name.endsWith('.prisma'))
    const text = change(read(cwd, file))
    await writeFile(join(cwd, file), text)
    expect(await run(['init'], { cwd })).toMatchObject({
      code: 0,
      out: 'The models are already there (sqlite).\n',
    })
    expect(read(cwd, file)).toBe(text)
  }
  const files = { 'schema.prisma': head('sqlite') + post }

  test('as it was written', () => twice(files, (text) => text))
  test('aligned otherwise', () => twice(files, (text) => text.replaceAll(/(?<=\w) +(?=[\w@])/g, '   ')))
  test('with the line ends of Windows', () => twice(files, (text) => text.replaceAll('\n', '\r\n')))
  test('without its marks', () => twice(files, (text) => text.replaceAll(/^\/\/ holdfast.*\n/gm, '')))
  test('the models as the package shows them, copied by hand', async () => {
    const copied = read(own, 'prisma/sqlite/schema.prisma')
    const cwd = await folderWith({ 'schema.prisma': copied })
    expect((await run(['init'], { cwd })).out).toContain('already there')
    expect(read(cwd, 'schema.prisma')).toBe(copied)
  })
  test('formatted by Prisma', async () => {
    const cwd = await folderWith({ 'schema.prisma': (head('sqlite') + post).replaceAll(' = ', '=') })
    await run(['init'], { cwd })
    const written = read(cwd, 'schema.prisma')
    await prisma(cwd, 'format', 'schema.prisma')
    expect(read(cwd, 'schema.prisma')).not.toBe(written)
    expect((await run(['init'], { cwd })).out).toContain('already there')
  })
  test('moved to another file of the folder', async () => {
    const cwd = await folderWith({ 'prisma/schema/main.prisma': head('sqlite') })
    await run(['init'], { cwd })
    const place = join(cwd, 'prisma/schema')
    await writeFile(join(place, 'sync.prisma'), read(place, 'holdfast.prisma'))
    await writeFile(join(place, 'holdfast.prisma'), '')
    expect((await run(['init'], { cwd })).out).toContain('already there')
    expect(read(place, 'holdfast.prisma')).toBe('')
  })
})

/** As the first version wrote it: without what retention and outbox added since. */
const older = (text: string): string =>
  text
    .replace(/^.*prunedBefore.*\n/m, '')
    .replaceAll(/^.*storedAt +BigInt +@default.*\n/gm, '')
    .replace(/^.*@@index\(\[scope, decidedAt\]\).*\n/m, '')
    .replace(/^.*\nmodel HoldfastOutbox \{[\s\S]*?^\}\n/m, '')

describe.each(['marked', 'copied by hand'])('[CM8] models of an older version, %s,', (kind) => {
  const write = async (newline = '\n') => {
    const cwd = await folderWith({ 'schema.prisma': head('postgresql') + post })
    await run(['init'], { cwd })
    const whole = read(cwd, 'schema.prisma')
    const marked = kind === 'marked' ? whole : whole.replaceAll(/^\/\/ holdfast.*\n/gm, '')
    const edited = older(marked).replace(
      'payloadHash String @map("payload_hash")',
      'payloadHash String @db.Text @map("payload_hash") // ours to keep\n  note String?',
    )
    expect(edited).not.toContain('HoldfastOutbox')
    await writeFile(join(cwd, 'schema.prisma'), edited.replaceAll('\n', newline))
    return { cwd, edited }
  }

  test('get what they lack, and nothing else changes', async () => {
    const { cwd, edited } = await write()
    const { code, out } = await run(['init'], { cwd })
    expect(code).toBe(0)
    expect(out).toContain(
      'added 1 model (HoldfastOutbox); updated HoldfastScope, HoldfastBatch, HoldfastOperation, HoldfastResend.',
    )
    const text = read(cwd, 'schema.prisma')
    const lines = new Set(text.split('\n'))
    for (const line of edited.split('\n')) expect(lines).toContain(line)
    for (const part of ['prunedBefore', '@@index([scope, decidedAt])', 'model HoldfastOutbox'])
      expect(text).toContain(part)
    expect(text.match(/storedAt +BigInt +@default/g)).toHaveLength(2)
    expect((await run(['init'], { cwd })).out).toContain('already there')
    expect(await validate(cwd, 'schema.prisma')).toContain('is valid')
  })

  test('keep their line ends', async () => {
    const { cwd } = await write('\r\n')
    expect((await run(['init'], { cwd })).code).toBe(0)
    expect(read(cwd, 'schema.prisma').replaceAll('\r\n', '')).not.toContain('\n')
  })

  test('[CM10] are told of with what Prisma’s migration has to be told', async () => {
    const { cwd } = await write()
    const { out } = await run(['init'], { cwd })
    expect(out).toContain('prisma migrate dev --name holdfast --create-only')
    expect(out).toContain('UPDATE "holdfast_batches" SET "stored_at" = (EXTRACT')
    expect(out).toContain('UPDATE "holdfast_resends" SET "stored_at" = (EXTRACT')
    expect(out).not.toContain('fillfactor')
  })
})

test('[CM8] a file of mixed line ends keeps each of them, and one may lack the last', async () => {
  const before = `${head('sqlite').replace('\n', '\r\n')}${post}// the end`
  const cwd = await folderWith({ 'schema.prisma': before })
  expect((await run(['init'], { cwd })).code).toBe(0)
  expect(read(cwd, 'schema.prisma').startsWith(before)).toBe(true)
  expect(modelsIn(read(cwd, 'schema.prisma').replaceAll('\r', ''))).toEqual(['Post', ...names])
})

describe('[CM9] a model in the way is refused, and nothing is written', () => {
  test.each([
    ['of our name', 'model HoldfastClient {\n  id Int @id\n}\n', 'its own model HoldfastClient'],
    ['an enum of our name', 'enum HoldfastScope {\n  A\n}\n', 'its own enum HoldfastScope'],
    [
      'on our table',
      'model Sync {\n  id Int @id\n\n  @@map("holdfast_scopes")\n}\n',
      'model Sync on the table holdfast_scopes',
    ],
    [
      'introspected',
      'model holdfast_outbox {\n  id Int @id\n}\n',
      'model holdfast_outbox on the table holdfast_outbox',
    ],
  ])('%s', async (_, model, sentence) => {
    const before = `${head('sqlite')}\n${model}`
    const cwd = await folderWith({ 'schema.prisma': before })
    const { code, err } = await run(['init'], { cwd })
    expect(code).toBe(1)
    expect(err).toContain(sentence)
    expect(read(cwd, 'schema.prisma')).toBe(before)
  })

  test('one in a comment is in nobody’s way', async () => {
    const cwd = await folderWith({ 'schema.prisma': `${head('sqlite')}/*\nmodel HoldfastClient {\n}\n*/\n` })
    expect((await run(['init'], { cwd })).out).toContain('added 10 models')
  })
})

describe('[CM10] what comes next', () => {
  test('on SQLite is a migration of Prisma', async () => {
    const cwd = await folderWith({ 'schema.prisma': head('sqlite') })
    expect((await run(['init'], { cwd })).out).toContain(
      'Next: npx prisma migrate dev --name holdfast, then npx prisma generate.',
    )
  })
  test('on PostgreSQL it lacks the settings of tables', async () => {
    const cwd = await folderWith({ 'schema.prisma': head('postgresql') })
    const { out } = await run(['init'], { cwd })
    expect(out).toContain('ALTER TABLE "holdfast_scopes" SET (fillfactor = 10);')
    expect(out).not.toContain('UPDATE')
  })
})

describe('[CM11] --apply', () => {
  test('makes the tables, and again does nothing', async () => {
    const cwd = await folderWith({ 'schema.prisma': head('sqlite') })
    const apply = () => run(['init', '--apply', '--url', 'file:./server.db'], { cwd })
    const { code, out } = await apply()
    expect(code).toBe(0)
    expect(out).toContain('applied 20251122000000_init')
    expect(out).not.toContain('prisma migrate')
    expect(await inspectSqlite(join(cwd, 'server.db')).tables()).toHaveLength(10)
    expect((await apply()).out).toMatch(/already there[^]*is up to date/)
  })

  test('refuses a database of another kind than the schema’s', async () => {
    const cwd = await folderWith({ 'schema.prisma': head('postgresql') })
    const { code, err } = await run(['init', '--apply', '--url', 'file:./server.db'], { cwd })
    expect(code).toBe(1)
    expect(err).toContain('The schema is for postgresql and the URL for sqlite')
    expect(read(cwd, 'schema.prisma')).toBe(head('postgresql'))
  })
})
