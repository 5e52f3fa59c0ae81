import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '../../prisma')
const template = readFileSync(resolve(folder, 'schema.template.prisma'), 'utf8')

/** Prisma wants the provider as a literal. With `-u` they are written anew. */
test.each(['sqlite', 'postgresql'])('the schema for %s is the template’s', async (provider) => {
  const schema = template.replace('{{provider}}', provider)
  await expect(schema).toMatchFileSnapshot(resolve(folder, provider, 'schema.prisma'))
})
