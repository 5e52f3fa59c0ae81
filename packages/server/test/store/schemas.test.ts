import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const folder = resolve(import.meta.dirname, '../../prisma')
const template = readFileSync(resolve(folder, 'schema.template.prisma'), 'utf8')

/** Prisma wants the provider as a literal. With `-u` they are written anew. */
test.each(['sqlite', 'postgresql'])('the schema for %s is the template’s', async (provider) => {
  const schema = template.replace('{{provider}}', provider)
  await expect(schema).toMatchFileSnapshot(resolve(folder, provider, 'schema.prisma'))
})

test.each(['sqlite', 'postgresql'])('the package brings the schema and the migrations for %s', (provider) => {
  const { files } = z
    .object({ files: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(resolve(folder, '../package.json'), 'utf8')))
  // By name: a pattern would be packed without the files below it.
  expect(files).toEqual(
    expect.arrayContaining([`prisma/${provider}/migrations`, `prisma/${provider}/schema.prisma`]),
  )
})
