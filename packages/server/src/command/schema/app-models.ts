import { blocksOf, withoutComments } from './blocks.ts'
import { codeOf, tableOf } from './model.ts'

/** A field of a model, as the Prisma schema says it. */
export interface SchemaField {
  readonly name: string
  readonly column: string
  /** `String`, an enum, or another model. */
  readonly type: string
  readonly isList: boolean
  readonly isOptional: boolean
  /** Of a relation: the fields of this model that hold the other's key. Empty where the other one holds it. */
  readonly holds: readonly string[]
}

export interface SchemaModel {
  readonly name: string
  readonly table: string
  /** PostgreSQL's schema, where the model says one. */
  readonly databaseSchema: string | undefined
  readonly fields: ReadonlyMap<string, SchemaField>
  /** The fields of each key that is unique, the primary one first. */
  readonly keys: readonly (readonly string[])[]
}

/** The models of a schema's text. */
export const schemaModels = (text: string): readonly SchemaModel[] =>
  blocksOf(text)
    .filter(({ kind }) => kind === 'model')
    .map(({ name, bodyStart, bodyEnd }) => modelOf(name, text.slice(bodyStart, bodyEnd)))

const modelOf = (name: string, body: string): SchemaModel => {
  const codes = codesIn(body)
  const own = codes.filter((code) => /^\w/.test(code))
  const keyed = (attribute: string): readonly (readonly string[])[] => [
    ...own
      .filter((code) => new RegExp(`\\s@${attribute}\\b`).test(outsideTexts(code)))
      .map((code) => [nameIn(code)]),
    ...codes.filter((code) => code.startsWith(`@@${attribute}(`)).map((code) => listIn(code)),
  ]
  return {
    name,
    table: tableOf(body, name),
    databaseSchema: /^[ \t]*@@schema\((?:map:\s*)?"([^"]+)"\)/m.exec(withoutComments(body))?.[1],
    fields: new Map(own.map((code) => [nameIn(code), fieldOf(code)])),
    keys: [...keyed('id'), ...keyed('unique')],
  }
}

/** What each line says; an attribute may go on over several. */
const codesIn = (body: string): readonly string[] => {
  const codes: string[] = []
  let open = ''
  for (const line of body.split(/\r?\n/)) {
    open = `${open} ${codeOf(line)}`.trim()
    if (open === '' || depthOf(open) > 0) continue
    codes.push(open)
    open = ''
  }
  return codes
}

const outsideTexts = (code: string): string => code.replaceAll(/"(?:\\.|[^"\\])*"/g, '""')

const depthOf = (code: string): number => {
  const bare = outsideTexts(code)
  return bare.replaceAll(/[^(]/g, '').length - bare.replaceAll(/[^)]/g, '').length
}

const nameIn = (code: string): string => code.split(' ')[0] ?? ''

/** The first list of names: `[a, b(sort: Desc)]`. */
const listIn = (code: string): readonly string[] =>
  (/\[([^\]]*)\]/.exec(code)?.[1] ?? '')
    .split(',')
    .map((part) => /\w+/.exec(part)?.[0] ?? '')
    .filter((part) => part !== '')

const fieldOf = (code: string): SchemaField => {
  const [name = '', given = ''] = code.split(' ')
  const relation = /@relation\(.*/.exec(code)?.[0] ?? ''
  const held = /\bfields:\s*\[[^\]]*\]/.exec(relation)?.[0]
  return {
    name,
    column: /@map\((?:name:\s*)?"([^"]+)"\)/.exec(code)?.[1] ?? name,
    type: /^\w+/.exec(given)?.[0] ?? '',
    isList: given.endsWith('[]'),
    isOptional: given.endsWith('?'),
    holds: held === undefined ? [] : listIn(held),
  }
}
