import { SyncError } from '@holdfast/core'
import { blocksOf, settingIn, withoutComments, type Block } from '../schema/blocks.ts'
import { mergeModel, tableOf } from '../schema/model.ts'
import { linesOf, type OwnModel } from '../schema/own-models.ts'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'

/** One file of a schema. */
export interface SchemaFile {
  readonly path: string
  readonly text: string
}

export interface AddedField {
  readonly model: OwnModel
  readonly field: string
}

export interface MergedSchema {
  /** Those that differ now, whole. */
  readonly files: readonly SchemaFile[]
  readonly added: readonly string[]
  readonly updated: readonly string[]
  readonly addedFields: readonly AddedField[]
}

const begin =
  '// holdfast: the models of Holdfast, written by `holdfast init`. Yours go outside of this block.'
const end = '// holdfast: end'

const failed = (says: string): SyncError<'MISCONFIGURED'> =>
  new SyncError('MISCONFIGURED', says, { option: 'schema' })

interface Placed extends Block {
  readonly path: string
}

const allBlocks = (files: readonly SchemaFile[]): readonly Placed[] =>
  files.flatMap(({ path, text }) => blocksOf(text).map((block) => ({ ...block, path })))

/** The datasource's block, with its file. */
const datasourceOf = (files: readonly SchemaFile[]): { readonly file: SchemaFile; readonly block: Block } => {
  const [first, ...others] = files.flatMap((file) =>
    blocksOf(file.text)
      .filter(({ kind }) => kind === 'datasource')
      .map((block) => ({ file, block })),
  )
  if (first === undefined) throw failed('The schema has no datasource: name the whole schema with --schema.')
  if (others.length > 0) throw failed('The schema has several datasources: name one schema with --schema.')
  return first
}

/** @throws SyncError MISCONFIGURED for other databases */
export const providerOf = (files: readonly SchemaFile[]): Provider => {
  const { file, block } = datasourceOf(files)
  const provider = settingIn(file.text, block, 'provider')
  if (provider === 'sqlite') return 'sqlite'
  if (provider === 'postgresql' || provider === 'postgres') return 'postgresql'
  throw failed(
    `Holdfast keeps its tables in PostgreSQL or SQLite; the datasource of this schema is ${provider ?? 'unnamed'}.`,
  )
}

/** With `schemas = [...]` in its datasource Prisma wants each model to name one. */
const withDatabaseSchema = (
  files: readonly SchemaFile[],
  models: readonly OwnModel[],
): readonly OwnModel[] => {
  const { file, block } = datasourceOf(files)
  const body = withoutComments(file.text).slice(block.bodyStart, block.bodyEnd)
  const names = [...(/^[ \t]*schemas[ \t]*=[ \t]*\[([^\]]*)\]/m.exec(body)?.[1] ?? '').matchAll(/"([^"]+)"/g)]
  const [first] = names.map(([, name = '']) => name)
  if (first === undefined) return models
  const schema = names.some(([, name]) => name === 'public') ? 'public' : first
  return models.map((model) => ({ ...model, lines: [...model.lines, `  @@schema("${schema}")`] }))
}

const textOf = ({ name, comment, lines }: OwnModel): string =>
  [...comment, `model ${name} {`, ...lines, '}', ''].join('\n')

/** A model with one of our names that is not ours, or one of another name on one of our tables. */
const refuseForeign = (
  blocks: readonly Placed[],
  files: readonly SchemaFile[],
  models: readonly OwnModel[],
) => {
  const textAt = new Map(files.map(({ path, text }) => [path, text]))
  for (const { kind, name, path, bodyStart, bodyEnd } of blocks) {
    const isModel = kind === 'model' || kind === 'view'
    if (!isModel && kind !== 'enum' && kind !== 'type') continue
    const table = isModel ? tableOf(textAt.get(path)?.slice(bodyStart, bodyEnd) ?? '', name) : undefined
    const own = models.find((model) => model.name === name)
    if (own !== undefined && table !== own.table) {
      throw failed(`${path} has its own ${kind} ${name}, and Holdfast needs that name: rename yours.`)
    }
    const onTable = models.find((model) => model.table === table)
    if (own === undefined && onTable !== undefined) {
      throw failed(
        `${path} has ${kind} ${name} on the table ${onTable.table}, which is Holdfast's: remove it and run this again.`,
      )
    }
  }
}

const isCrlf = (text: string): boolean => text.includes('\r\n')

/** A file's text with new models in its block, or in a new one at its end. */
const insert = (text: string, models: readonly OwnModel[]): string => {
  const fresh = `${models.map(textOf).join('\n')}\n`
  const withEnds = (part: string): string => (isCrlf(text) ? part.replaceAll('\n', '\r\n') : part)
  const closing = new RegExp(`^[ \\t]*${end}`, 'm').exec(text)
  if (closing !== null) {
    return text.slice(0, closing.index) + withEnds(fresh) + text.slice(closing.index)
  }
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return text + withEnds(`${gap}${begin}\n\n${fresh}${end}\n`)
}

/**
 * The schema with this version's models. Models of ours stay where they are; new ones go to `home`, which may be a
 * file that is not there yet.
 * @throws SyncError MISCONFIGURED for models that are in the way
 */
export const mergeSchema = (
  files: readonly SchemaFile[],
  home: string,
  ownModels: readonly OwnModel[],
): MergedSchema => {
  const models = withDatabaseSchema(files, ownModels)
  const blocks = allBlocks(files)
  refuseForeign(blocks, files, models)
  const textAt = new Map(files.map(({ path, text }) => [path, text]))
  const updated: string[] = []
  const addedFields: AddedField[] = []
  // From the end on: the places of earlier blocks stay as they are.
  for (const block of blocks.toSorted((left, right) => right.start - left.start)) {
    const model = models.find(({ name }) => name === block.name)
    const text = textAt.get(block.path)
    if (model === undefined || text === undefined) continue
    const body = linesOf(text.slice(block.bodyStart, block.bodyEnd))
    const merged = mergeModel(body, model.lines)
    if (!merged.changed) continue
    const newline = isCrlf(text) ? '\r\n' : '\n'
    const lines = merged.lines.map((line) => line + newline).join('')
    textAt.set(block.path, text.slice(0, block.bodyStart) + lines + text.slice(block.bodyEnd))
    updated.push(model.name)
    addedFields.push(...merged.added.map((field) => ({ model, field })))
  }
  const missing = models.filter(({ name }) => !blocks.some((block) => block.name === name))
  if (missing.length > 0) {
    const [path = home] = [...textAt].find(([, text]) => text.includes(end)) ?? []
    textAt.set(path, insert(textAt.get(path) ?? '', missing))
  }
  const before = new Map(files.map(({ path, text }) => [path, text]))
  return {
    files: [...textAt]
      .filter(([path, text]) => before.get(path) !== text)
      .map(([path, text]) => ({ path, text })),
    added: missing.map(({ name }) => name),
    updated: updated.toReversed(),
    addedFields,
  }
}
