import { SyncError } from '@holdfast/core'
import type { Portable } from '@holdfast/core'
import { runtimeModelsOf, type RuntimeField, type RuntimeModel } from './runtime-models.ts'

/** How a collection lives in one of the app's own models. */
export interface ModelMapping {
  /** The model's name in the Prisma schema, or that of the client's member: `Invoice` or `invoice`. */
  readonly model: string
  /**
   * What says which scope a row belongs to: a field, or a path through relations that ends in one (`invoice.teamId`).
   * A field is set when a record is created or moved; what a path leads to has to be right by itself. Default: the
   * collection's own `scope`.
   */
  readonly scope?: string | ScopeMapping | undefined
  /**
   * Fields that have another name in the model: `{ title: 'subject' }`. `false`: the model has none, the record keeps it alone.
   * `id` may name any unique text field. Default: the same names.
   */
  readonly fields?: Readonly<Record<string, string | false>> | undefined
  /** What a new row needs besides the record's fields, by the model's names. */
  readonly create?: ((of: CreatedFor) => Readonly<Record<string, Portable>>) | undefined
}

export interface ScopeMapping {
  readonly by: string
  /** What stands before the field's value in the scope's name: `team:`. */
  readonly prefix?: string | undefined
}

export interface CreatedFor {
  readonly scope: string
  /** The user who created it; `$server` where nobody did. */
  readonly userId: string
  readonly values: Readonly<Record<string, Portable | undefined>>
}

export interface PathStep {
  readonly relation: string
  /** The model that it leads to. */
  readonly model: string
}

export interface ResolvedScope {
  /** Relations, in order, and the field that they lead to. */
  readonly through: readonly PathStep[]
  readonly field: RuntimeField
  readonly prefix: string
}

export interface ResolvedMapping {
  readonly collection: string
  readonly model: RuntimeModel
  /** Of the client and its transactions. */
  readonly delegate: string
  readonly id: RuntimeField
  /** By the collection's names, `id` among them. */
  readonly fields: ReadonlyMap<string, RuntimeField>
  readonly leftOut: ReadonlySet<string>
  readonly scope: ResolvedScope | undefined
  readonly create: NonNullable<ModelMapping['create']>
}

export type ModelMappings = Readonly<Record<string, string | ModelMapping>>

/** @throws SyncError MISCONFIGURED with a sentence that says what does not fit */
export const resolveMappings = (
  prisma: object,
  mappings: ModelMappings,
): ReadonlyMap<string, ResolvedMapping> => {
  const entries = Object.entries(mappings)
  if (entries.length === 0) return new Map()
  const models = runtimeModelsOf(prisma)
  return new Map(
    entries.map(([collection, given]) => [
      collection,
      resolve(models, collection, typeof given === 'string' ? { model: given } : given),
    ]),
  )
}

const resolve = (
  models: ReadonlyMap<string, RuntimeModel>,
  collection: string,
  mapping: ModelMapping,
): ResolvedMapping => {
  const option = `models.${collection}`
  const model = [...models.values()].find(({ name }) => delegateOf(name) === delegateOf(mapping.model))
  if (model === undefined) throw wrong(option, `the Prisma schema has no model "${mapping.model}"`)
  const given = Object.entries(mapping.fields ?? {})
  const leftOut = new Set(given.filter(([, name]) => name === false).map(([field]) => field))
  const renamed = new Map(given.flatMap(([field, name]) => (name === false ? [] : [[field, name] as const])))
  const fieldOf = (name: string): RuntimeField => {
    const field = model.fields.get(name)
    if (field === undefined) throw wrong(option, `${model.name} has no field "${name}"`)
    return field
  }
  const taken = new Set(renamed.values())
  const same = [...model.fields.values()].filter(
    ({ name }) => !taken.has(name) && !leftOut.has(name) && !renamed.has(name),
  )
  const fields = new Map([
    ...same.map((field) => [field.name, field] as const),
    ...[...renamed].map(([field, name]) => [field, fieldOf(name)] as const),
  ])
  const id = fields.get('id')
  if (id?.type !== 'String') {
    const reason = 'needs a unique text field that devices can fill: name it, fields: { id: "..." }'
    throw wrong(option, `${model.name} ${reason}`)
  }
  return {
    collection,
    model,
    delegate: delegateOf(model.name),
    id,
    fields,
    leftOut,
    scope: mapping.scope === undefined ? undefined : scopeOf(models, model, mapping.scope, option),
    create: mapping.create ?? (() => ({})),
  }
}

const scopeOf = (
  models: ReadonlyMap<string, RuntimeModel>,
  model: RuntimeModel,
  given: string | ScopeMapping,
  option: string,
): ResolvedScope => {
  const { by, prefix = '' } = typeof given === 'string' ? { by: given } : given
  const path = by.split('.')
  const through: PathStep[] = []
  let end: RuntimeModel | undefined = model
  for (const relation of path.slice(0, -1)) {
    end = models.get(end?.relations.get(relation) ?? '')
    if (end !== undefined) through.push({ relation, model: end.name })
  }
  const field = end?.fields.get(path.at(-1) ?? '')
  if (field === undefined) throw wrong(option, `scope: "${by}" leads to no field of ${model.name}`)
  return { through, field, prefix }
}

const delegateOf = (name: string): string => `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`

const wrong = (option: string, reason: string): SyncError =>
  new SyncError('MISCONFIGURED', `${option}: ${reason}.`, { option })
