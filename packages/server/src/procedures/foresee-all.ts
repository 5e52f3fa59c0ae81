import type { Schema } from '@holdfast/core'
import {
  deletedField,
  foresee,
  isNewerMajor,
  type EntityRisk,
  type PreflightEntity,
  type PreflightInput,
  type RowVersions,
} from '@holdfast/core/protocol'
import { halfKey } from '../server-operations.ts'
import type { ReadTransaction } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'

interface Foreseeing {
  readonly schema: Schema
  /** By `halfKey`. */
  readonly serverHalves: ReadonlyMap<string, unknown>
  /** A push brings up operations of older versions. */
  readonly raises: boolean
}

type Asked = Pick<PreflightInput, 'clientId' | 'entities' | 'opVersions'>

/** What a push would meet, entity by entity, in the order asked. */
export const foreseeAll = async (
  { schema: { version: own, collections }, serverHalves, raises }: Foreseeing,
  tx: ReadTransaction,
  { clientId, entities, opVersions }: Asked,
): Promise<EntityRisk[]> => {
  const keys = new Map(
    entities.map(({ collection, id }) => [recordKey({ collection, id }), { collection, id }]),
  )
  const edited = new Set(entities.filter((entity) => !isDeletion(entity)).map(recordKey))
  const created = new Set(entities.filter(isCreation).map(recordKey))
  const rows = new Map((await tx.versions([...keys.values()])).map((row) => [recordKey(row), row]))
  const isOfNewer = opVersions.some((version) => isNewerMajor(version, own))
  const isOfOlder = raises && opVersions.some((version) => isNewerMajor(own, version))
  return entities.map((entity) => {
    const { collection, id, baseVersion, fields, history, operation = '' } = entity
    const key = recordKey(entity)
    const row = rows.get(key)
    if (isOfNewer || isWrittenByNewer(row, own))
      return { collection, id, risk: 'HIGH', fields: [], reason: 'server_older' }
    const definition = Object.hasOwn(collections, collection) ? collections[collection] : undefined
    const byServer = serverHalves.has(halfKey(collection, operation))
    const after = created.has(key) ? 'creation' : edited.has(key) ? 'edits' : 'nothing'
    const changes = isOfOlder && !isDeletion(entity) ? withAnyField(fields, row) : fields
    const foreseen = foresee(definition, row, {
      clientId,
      baseVersion,
      history,
      fields: changes,
      byServer,
      after,
    })
    return { collection, id, ...foreseen, fields: foreseen.fields.filter((field) => fields.includes(field)) }
  })
}

const isDeletion = ({ fields }: PreflightEntity): boolean => fields.length === 1 && fields[0] === deletedField

/** It may be among edits of the version that its author saw. */
const isCreation = ({ fields }: PreflightEntity): boolean =>
  fields.length > 1 && fields.includes(deletedField)

const isWrittenByNewer = (row: RowVersions | undefined, own: string): boolean =>
  row?.schemaVersion !== undefined && isNewerMajor(row.schemaVersion, own)

/** Which field an operation of an older version changes, once it is brought up, shows in its values alone. */
const withAnyField = (fields: readonly string[], row: RowVersions | undefined): readonly string[] => [
  ...new Set([...fields, ...Object.keys(row?.fieldVersions ?? {}).filter((field) => field !== deletedField)]),
]
