import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { schemaModels } from '../../src/command/schema/app-models.ts'
import { appTables } from '../mapped/tables.ts'
import { openPrisma } from '../support/open-prisma.ts'
import { databaseNames, type DatabaseName } from '../support/stores.ts'
import { diagnose } from './diagnose.ts'
import { usePlaces } from './places.ts'
import { run, useFolder } from './run.ts'

const folderWith = useFolder()
const place = usePlaces()
const mapped = resolve(import.meta.dirname, '../mapped/prisma')
const providers = { SQLite: 'sqlite', PostgreSQL: 'postgresql' } as const

const names = ['invoices=Invoice', 'lines=InvoiceLine:ref']

/** The app of the tests of mapped models, in a folder and migrated. */
const app = async (name: DatabaseName) => {
  const schema = await readFile(join(mapped, providers[name], 'schema.prisma'), 'utf8')
  const [cwd, { url, migrate, execute }] = [await folderWith({ 'schema.prisma': schema }), await place(name)]
  await migrate()
  for (const statement of appTables(providers[name])) await execute(statement)
  await execute(`INSERT INTO teams (id, name) VALUES ('team-1', 'One')`)
  const addInvoice = (id: string): Promise<unknown> =>
    execute(
      `INSERT INTO invoices (id, team_id, title, updated_at) VALUES ('${id}', 'team-1', 'x', CURRENT_TIMESTAMP)`,
    )
  const marks = async (): Promise<readonly string[]> => {
    const prisma = openPrisma(url)
    try {
      const rows = await prisma.holdfastTouched.findMany({ orderBy: { recordId: 'asc' } })
      return rows.map(({ collection, recordId }) => `${collection}/${recordId}`)
    } finally {
      await prisma.$disconnect()
    }
  }
  return { cwd, url, execute, addInvoice, marks, schema }
}

describe.each(databaseNames)('%s', (name) => {
  test('[CM21] what triggers prints makes the triggers, by the names of the database', async () => {
    const { cwd, execute, addInvoice, marks } = await app(name)
    const { code, out, err } = await run(['triggers', ...names], { cwd })
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('ON "invoice_lines"')
    expect(out).toContain('"line_ref"')
    await execute(out)
    await addInvoice('i-1')
    await execute(`INSERT INTO invoice_lines (line_ref, invoice_id, text) VALUES ('l-1', 'i-1', 'x')`)
    expect(await marks()).toEqual(['invoices/i-1', 'lines/l-1'])
  })

  test('[CM22] --apply makes them, also again, and --remove takes them away', async () => {
    const { cwd, url, addInvoice, marks } = await app(name)
    const applied = await run(['triggers', ...names, '--apply', '--url', url], { cwd })
    expect(applied).toMatchObject({ code: 0, err: '' })
    expect(applied.out).toContain(': made the triggers of invoices (invoices), lines (invoice_lines).')
    expect(applied.out).not.toContain(/:([^:@]+)@/.exec(url)?.[1] ?? 'no password')
    expect(await run(['triggers', ...names, '--apply'], { cwd, env: { DATABASE_URL: url } })).toMatchObject({
      code: 0,
    })
    await addInvoice('i-1')
    expect(await marks()).toEqual(['invoices/i-1'])
    expect(await run(['triggers', ...names, '--remove', '--url', url], { cwd })).toMatchObject({ code: 0 })
    await addInvoice('i-2')
    expect(await marks()).toEqual(['invoices/i-1'])
  })

  test('[CM22] triggers that would break the app’s writes are not made', async () => {
    const { cwd, url, execute, addInvoice } = await app(name)
    const apply = () => run(['triggers', ...names, '--apply', '--url', url], { cwd })
    await execute('ALTER TABLE invoice_lines RENAME COLUMN line_ref TO another')
    expect(await apply()).toMatchObject({
      code: 1,
      err: expect.stringContaining('no table invoice_lines with a column line_ref') as unknown,
    })
    await execute('ALTER TABLE invoice_lines RENAME COLUMN another TO line_ref')
    await execute('DROP TABLE holdfast_touched')
    expect(await apply()).toMatchObject({
      code: 1,
      err: expect.stringContaining('run holdfast migrate') as unknown,
    })
    // None of them, not even those before the one that failed.
    await addInvoice('i-1')
  })

  test('[CM23] doctor warns of mapped tables without triggers, and of many marks', async () => {
    const { cwd, url, execute } = await app(name)
    expect((await diagnose(url)).of('triggers')).toMatchObject({
      state: 'ok',
      says: 'no collection lives in a table of the app',
    })
    await execute(
      `INSERT INTO holdfast_homes (collection, record_id, scope) VALUES ('invoices', 'i', 'team-1')`,
    )
    await execute(`INSERT INTO holdfast_homes (collection, record_id, scope) VALUES ('lines', 'l', 'team-1')`)
    await run(['triggers', 'invoices=invoice', '--apply', '--url', url], { cwd })
    expect((await diagnose(url)).of('triggers')).toMatchObject({
      state: 'warning',
      says: expect.stringMatching(/^the tables of lines lack them: .* only when a push touches/) as unknown,
      advice: expect.stringContaining('holdfast triggers lines=Model --apply') as unknown,
    })
    await run(['triggers', ...names, '--apply', '--url', url], { cwd })
    const sound = await diagnose(url)
    expect([sound.code, sound.of('triggers').state, sound.of('marks').state]).toEqual([0, 'ok', 'ok'])
    await execute(
      `INSERT INTO holdfast_touched (collection, record_id, mark)
        WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 10001)
        SELECT 'invoices', 'i', CAST(n AS TEXT) FROM many`,
    )
    expect((await diagnose(url)).of('marks')).toMatchObject({
      state: 'warning',
      says: '10,001 marks of writes past the sync API wait',
    })
    const status = await run(['status', '--url', url])
    expect(status.out).toContain('Writes past the sync API that wait to be taken in: 10001')
    expect(JSON.parse((await run(['status', '--url', url, '--json'])).out)).toMatchObject({ marks: 10_001 })
  })

  test('[CM22] collections with long names have each of their triggers', async () => {
    const { cwd, url, execute, addInvoice, marks } = await app(name)
    const long = ['a', 'b'].map((end) => `invoices_${'of_many_years_'.repeat(4)}${end}`)
    const given = long.map((collection) => `${collection}=Invoice`)
    await execute(
      `INSERT INTO holdfast_homes (collection, record_id, scope) VALUES ('${long[0]}', 'i', 'team-1')`,
    )
    expect((await diagnose(url)).of('triggers').state).toBe('warning')
    expect((await run(['triggers', ...given, '--apply', '--url', url], { cwd })).code).toBe(0)
    expect((await diagnose(url)).of('triggers').state).toBe('ok')
    await addInvoice('i-1')
    await execute(`UPDATE invoices SET title = 'y'`)
    await execute('DELETE FROM invoices')
    expect((await marks()).toSorted()).toEqual(
      long.flatMap((one) => [one, one, one].map((collection) => `${collection}/i-1`)),
    )
    expect((await run(['triggers', ...given, '--remove', '--url', url], { cwd })).code).toBe(0)
    expect((await diagnose(url)).of('triggers').state).toBe('warning')
  })

  test('[CM23] a table that was made anew lost its triggers', async () => {
    const { cwd, url, execute } = await app(name)
    await execute(`INSERT INTO holdfast_homes (collection, record_id, scope) VALUES ('lines', 'l', 'team-1')`)
    const apply = () => run(['triggers', ...names, '--apply', '--url', url], { cwd })
    await apply()
    // As Prisma's migrations do it on SQLite.
    await execute('CREATE TABLE copied AS SELECT * FROM invoice_lines')
    await execute('DROP TABLE invoice_lines')
    await execute('ALTER TABLE copied RENAME TO invoice_lines')
    expect((await diagnose(url)).of('triggers').state).toBe('warning')
    await apply()
    expect((await diagnose(url)).of('triggers').state).toBe('ok')
  })
})

test('[CM21] a schema of several files, with tables in schemas of the database', async () => {
  const cwd = await folderWith({
    'prisma/schema/main.prisma':
      'datasource db {\n  provider = "postgresql"\n  schemas = ["public", "sales"]\n}\n',
    'prisma/schema/sales/invoice.prisma': `
model Invoice {
  number String @unique @map("no") // @@map("comment")
  key    Int    @id

  @@map("invoices")
  @@schema("sales")
}
`,
  })
  const { code, out } = await run(['triggers', 'my "bills"=invoice:number'], { cwd })
  expect(code).toBe(0)
  expect(out).toContain('ON "sales"."invoices"')
  expect(out).toContain(`SELECT 'my "bills"', "no"::text`)
  expect(out).toContain('"holdfast_my ""bills""_insert"')
})

describe('[CM21] used wrongly, triggers says what the names are', () => {
  test.each([
    ['no names', [], 'Name each collection with its model: invoices=Invoice'],
    ['no model', ['invoices'], 'invoices does not name a collection with its model'],
    ['a URL', ['postgresql://u:s3cr3t@h/d'], 'postgresql://u:***@h/d does not name'],
    ['twice', ['a=Invoice', 'a=Team'], 'a is named twice'],
    ['both', ['a=Invoice', '--apply', '--remove'], 'Choose one of --apply and --remove'],
    ['a URL for nothing', ['a=Invoice', '--url', 'file:a.db'], 'of use with --apply or --remove only'],
    ['no database', ['a=Invoice', '--apply'], 'Name the database with --url'],
  ])('%s', async (_, args, sentence) => {
    const { code, out, err } = await run(['triggers', ...args])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(sentence)
    expect(err).toContain('holdfast triggers collection=Model[:id]')
    expect(err).not.toContain('s3cr3t')
  })

  test.each([
    ['a=Bill', 'a: the Prisma schema has no model Bill; it has Team, Customer, Invoice, InvoiceLine.'],
    ['a=InvoiceLine', 'InvoiceLine has no field id: name the unique text field that is the id'],
    ['a=Invoice:number', 'Invoice.number is no String'],
    ['a=Invoice:title', 'Invoice.title is not unique'],
    ['a=Invoice:lines', 'Invoice.lines is no String'],
    ['a=Customer:email', 'Customer.email may be NULL'],
  ])('%s', async (given, sentence) => {
    const schema = await readFile(join(mapped, 'sqlite/schema.prisma'), 'utf8')
    const { code, err } = await run(['triggers', given], {
      cwd: await folderWith({ 'schema.prisma': schema }),
    })
    expect(code).toBe(1)
    expect(err).toContain(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('a database of another kind, and no schema', async () => {
    const cwd = await folderWith({ 'none.db': '' })
    const apply = ['triggers', 'a=Invoice', '--apply', '--url', 'file:none.db']
    expect((await run(apply, { cwd })).err).toContain('There is no Prisma schema here')
    const schema = await readFile(join(mapped, 'postgresql/schema.prisma'), 'utf8')
    await writeFile(join(cwd, 'schema.prisma'), schema)
    expect((await run(apply, { cwd })).err).toContain('The schema is for postgresql and the URL for sqlite')
    await rm(join(cwd, 'none.db'))
  })
})

test('[CM21] models are read as Prisma reads them', () => {
  const [model] = schemaModels(`
model Part {
  a     String /// @id
  b     String @map(name: "b_b") @unique
  kind  Kind   @default(a)
  whole Whole? @relation("parts", fields: [a, b], references: [x, y], onDelete: Cascade)
  names String[] @default(["@unique", ")"])
  owns  Owned[]

  @@id([a, b(sort: Desc)])
  @@unique(fields: [b, a], name: "both")
  @@map(name: "parts")
}
`)
  expect(model).toMatchObject({ name: 'Part', table: 'parts', keys: [['a', 'b'], ['b'], ['b', 'a']] })
  expect([...(model?.fields.values() ?? [])]).toMatchObject([
    { name: 'a', column: 'a', type: 'String', isList: false, isOptional: false, holds: [] },
    { name: 'b', column: 'b_b' },
    { name: 'kind', type: 'Kind' },
    { name: 'whole', type: 'Whole', isOptional: true, holds: ['a', 'b'] },
    { name: 'names', type: 'String', isList: true, holds: [] },
    { name: 'owns', type: 'Owned', isList: true },
  ])
})
