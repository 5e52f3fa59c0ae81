import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { SyncError } from '@holdfast/core'
import { withoutComments } from '../schema/blocks.ts'

/** Where an app keeps its Prisma schema. */
export interface SchemaPlace {
  readonly path: string
  readonly isFolder: boolean
}

const configs = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].flatMap((extension) => [
  `prisma.config.${extension}`,
  `.config/prisma.${extension}`,
])

const usual = ['prisma/schema.prisma', 'schema.prisma', 'prisma/schema']

const failed = (says: string): SyncError<'MISCONFIGURED'> =>
  new SyncError('MISCONFIGURED', says, { option: 'schema' })

/** A text, or `join(...)` of texts; other expressions need a JavaScript engine. */
const pathIn = (expression: string): string | undefined => {
  const plain = /^(['"`])([^'"`$]+)\1/.exec(expression)?.[2]
  if (plain !== undefined) return plain
  // Relative paths begin at the config's folder anyhow.
  const call = expression.replace(/(?:__dirname|import\.meta\.dirname|process\.cwd\(\))\s*,\s*/, '')
  const parts = /^(?:path\.)?(?:join|resolve)\(\s*((?:(['"`])[^'"`$]*\2\s*,?\s*)+)\)/.exec(call)?.[1]
  return parts === undefined
    ? undefined
    : join(...[...parts.matchAll(/['"`]([^'"`]*)['"`]/g)].map(([, part = '']) => part))
}

/** What a Prisma config says of its schema: a path, nothing, or something that only running it would tell. */
export const schemaInConfig = (
  text: string,
): { readonly kind: 'path'; readonly path: string } | { readonly kind: 'none' | 'unreadable' } => {
  // Texts in single quotes may hold `//`, which is no comment.
  const code = text.replaceAll(/'(?:\\.|[^'\\\n])*'/g, (part) => `"${part.slice(1, -1).replaceAll('"', '')}"`)
  const found = /(?:^|[{,\s])schema\s*(:\s*|,|\}|\r?\n)/.exec(withoutComments(code))
  if (found === null) return { kind: 'none' }
  const path = found[1]?.startsWith(':')
    ? pathIn(withoutComments(code).slice(found.index + found[0].length))
    : undefined
  return path === undefined ? { kind: 'unreadable' } : { kind: 'path', path }
}

const inConfig = async (cwd: string): Promise<string | undefined> => {
  const config = configs.map((name) => join(cwd, name)).find((file) => existsSync(file))
  if (config === undefined) return undefined
  const said = schemaInConfig(await readFile(config, 'utf8'))
  if (said.kind === 'unreadable') {
    throw failed(`The schema's path in ${relative(cwd, config)} can't be read here: give it with --schema.`)
  }
  return said.kind === 'path' ? resolve(dirname(config), said.path) : undefined
}

const inManifest = async (cwd: string): Promise<string | undefined> => {
  const file = join(cwd, 'package.json')
  if (!existsSync(file)) return undefined
  try {
    const { prisma } = JSON.parse(await readFile(file, 'utf8')) as { readonly prisma?: { schema?: unknown } }
    return typeof prisma?.schema === 'string' ? resolve(cwd, prisma.schema) : undefined
  } catch {
    return undefined
  }
}

/**
 * The schema that was named, else the one of Prisma's config, of package.json, or at one of the usual places.
 * @throws SyncError MISCONFIGURED where there is none
 */
export const findSchema = async (cwd: string, given: string | undefined): Promise<SchemaPlace> => {
  const named = given === undefined ? ((await inConfig(cwd)) ?? (await inManifest(cwd))) : resolve(cwd, given)
  const path = named ?? usual.map((place) => join(cwd, place)).find((place) => existsSync(place))
  if (path === undefined) {
    throw failed(`There is no Prisma schema here (${usual.join(', ')}): name it with --schema.`)
  }
  if (!existsSync(path)) {
    throw failed(`There is no Prisma schema at ${relative(cwd, path)}: check the path.`)
  }
  return { path, isFolder: statSync(path).isDirectory() }
}
