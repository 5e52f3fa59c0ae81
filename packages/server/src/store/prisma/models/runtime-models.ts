import { SyncError } from '@holdfast/core'

/** A column, as the generated client knows it. */
export interface RuntimeField {
  readonly name: string
  readonly column: string
  /** Prisma's scalar type, or the name of an enum. */
  readonly type: string
  readonly isEnum: boolean
}

/** Of a relation: the fields of this model that hold the other's id are columns of their own. */
export interface RuntimeModel {
  readonly name: string
  readonly table: string
  /** PostgreSQL's schema, where the app says one. */
  readonly databaseSchema: string | undefined
  readonly fields: ReadonlyMap<string, RuntimeField>
  /** The names of the models that relations lead to. */
  readonly relations: ReadonlyMap<string, string>
}

interface ClientModel {
  readonly dbName?: string | null
  readonly schema?: string | null
  readonly fields: readonly {
    readonly name: string
    readonly kind: string
    readonly type: string
    readonly dbName?: string
  }[]
}

/**
 * The models that the client was generated for. No public name has them when the app runs.
 * @throws SyncError MISCONFIGURED
 */
export const runtimeModelsOf = (prisma: object): ReadonlyMap<string, RuntimeModel> => {
  const { _runtimeDataModel: found } = prisma as {
    readonly _runtimeDataModel?: { readonly models: Readonly<Record<string, ClientModel>> }
  }
  if (found === undefined) {
    throw new SyncError(
      'MISCONFIGURED',
      'This Prisma client does not know its models: models need one of Prisma 7.',
      {
        option: 'models',
      },
    )
  }
  return new Map(Object.entries(found.models).map(([name, model]) => [name, modelOf(name, model)]))
}

const modelOf = (name: string, model: ClientModel): RuntimeModel => ({
  name,
  table: model.dbName ?? name,
  databaseSchema: model.schema ?? undefined,
  fields: new Map(
    model.fields
      .filter(({ kind }) => kind === 'scalar' || kind === 'enum')
      .map(({ name: field, kind, type, dbName }) => [
        field,
        { name: field, column: dbName ?? field, type, isEnum: kind === 'enum' },
      ]),
  ),
  relations: new Map(
    model.fields.filter(({ kind }) => kind === 'object').map(({ name: field, type }) => [field, type]),
  ),
})
