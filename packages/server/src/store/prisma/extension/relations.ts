import { schemaModels, type SchemaModel } from '../../../command/schema/app-models.ts'
import { unknownPrisma, type ExtensibleClient } from './client.ts'

/**
 * How a field leads to another model. `owns`: this row holds the other's key. `list`, `one`: the other's rows hold this one's.
 * `many`: both are lists, with a table between them that is no model.
 */
export type RelationKind = 'owns' | 'list' | 'one' | 'many'

export interface Relation {
  readonly name: string
  /** The other model. */
  readonly model: string
  readonly kind: RelationKind
  /** The same at both ends. */
  readonly link: string
  /** Of `owns`: the fields that hold the key. */
  readonly holds: readonly string[]
  /** One to one: to connect a row takes it from another one. */
  readonly isExclusive: boolean
}

export interface ModelShape {
  readonly name: string
  /** The client's member. */
  readonly delegate: string
  readonly relations: ReadonlyMap<string, Relation>
  /** Fields that tell a row from all others. */
  readonly key: readonly string[]
}

export type Shapes = ReadonlyMap<string, ModelShape>

interface RuntimeField {
  readonly name: string
  readonly kind: string
  readonly type: string
  readonly relationName?: string
}

type RuntimeModels = Readonly<Record<string, { readonly fields: readonly RuntimeField[] }>>

/**
 * The models of a client. Its run-time models lack what its schema says: lists, keys, and who holds a relation.
 * @throws SyncError MISCONFIGURED for a client that does not tell
 */
export const shapesOf = (client: ExtensibleClient): Shapes => {
  const runtime = (client as { readonly _runtimeDataModel?: { readonly models: RuntimeModels } })
    ._runtimeDataModel
  const schema = new Map(
    schemaModels(client._engineConfig?.inlineSchema ?? '').map((model) => [model.name, model]),
  )
  return new Map(
    Object.keys(runtime?.models ?? {}).map((name) => [name, shapeOf(runtime?.models ?? {}, schema, name)]),
  )
}

const shapeOf = (
  runtime: RuntimeModels,
  schema: ReadonlyMap<string, SchemaModel>,
  name: string,
): ModelShape => {
  const model = schema.get(name)
  if (model === undefined) throw unknownPrisma()
  const ends = (runtime[name]?.fields ?? []).filter(({ kind }) => kind === 'object')
  const relations = ends.map((end): readonly [string, Relation] => {
    const other = runtime[end.type]?.fields.find(
      (field) => field.relationName === end.relationName && !(end.type === name && field.name === end.name),
    )
    const field = model.fields.get(end.name)
    const opposite = schema.get(end.type)?.fields.get(other?.name ?? '')
    if (field === undefined || opposite === undefined) throw unknownPrisma()
    const kind: RelationKind =
      field.holds.length > 0 ? 'owns' : !field.isList ? 'one' : opposite.isList ? 'many' : 'list'
    return [
      end.name,
      {
        name: end.name,
        model: end.type,
        kind,
        link: [...[name, end.type].toSorted(), end.relationName].join(' '),
        holds: field.holds,
        isExclusive: !field.isList && !opposite.isList,
      },
    ]
  })
  return { name, delegate: delegateOf(name), relations: new Map(relations), key: keyOf(model) }
}

const keyOf = ({ keys, fields }: SchemaModel): readonly string[] =>
  keys.find((key) => key.length > 0 && key.every((name) => fields.get(name)?.isOptional === false)) ?? []

const delegateOf = (name: string): string => `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`
