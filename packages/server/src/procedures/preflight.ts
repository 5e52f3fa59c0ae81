import { hasCode, type Schema } from '@holdfast/core'
import {
  deletedField,
  foresee,
  isNewerVersion,
  type EntityRisk,
  type PreflightAction,
  type PreflightEntity,
  type PreflightOutput,
  type Risk,
} from '@holdfast/core/protocol'
import { halfKey } from '../server-operations.ts'
import type { ReadTransaction } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import { assertReachable, openCursor } from '../tokens/cursor.ts'
import { assertScope, bindingOf, callerOf } from './access.ts'
import { answering } from './answering.ts'
import type { Deps } from './deps.ts'
import { readInput } from './envelope.ts'

/** What a push would meet, foreseen by the rules of push from metadata alone. Nothing is decided or stored. */
export const preflight = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
): Promise<PreflightOutput> =>
  answering(deps, 'preflight', async () => {
    const { options, signer } = deps
    const user = callerOf(deps, ctx)
    const { scope, clientId, cursor, entities, opVersions } = readInput('preflight', input)
    return await options.store.read(scope, async (tx) => {
      await assertScope(deps, ctx, tx, scope)
      await bindingOf(tx, clientId, user)
      const isReachable = await reaches(async () =>
        assertReachable(tx, openCursor(signer, { user, scope }, cursor)),
      )
      const risks = await foreseeAll(options, tx, clientId, entities)
      const conflictRisk = highest(risks)
      const isOlder = opVersions.some((version) => isNewerVersion(version, options.schema.version))
      const isBehind = conflictRisk !== 'LOW' || (cursor === '' && tx.state.head > 0)
      return {
        kind: 'answer' as const,
        conflictRisk,
        entities: risks,
        action: actionOf({ isReachable, isOlder, isBehind }),
        serverTime: options.environment.clock.now(),
      }
    })
  })

/** False where the feed can't go on from where the device is. */
const reaches = async (check: () => Promise<void>): Promise<boolean> => {
  try {
    await check()
    return true
  } catch (error) {
    if (hasCode(error, 'RESET_REQUIRED')) return false
    throw error
  }
}

interface Foreseeing {
  readonly schema: Schema
  /** By `halfKey`. */
  readonly serverHalves: ReadonlyMap<string, unknown>
}

const foreseeAll = async (
  { schema: { collections }, serverHalves }: Foreseeing,
  tx: ReadTransaction,
  clientId: string,
  entities: readonly PreflightEntity[],
): Promise<EntityRisk[]> => {
  const keys = new Map(
    entities.map(({ collection, id }) => [recordKey({ collection, id }), { collection, id }]),
  )
  const edited = new Set(entities.filter((entity) => !isDeletion(entity)).map(recordKey))
  const created = new Set(entities.filter(isCreation).map(recordKey))
  const rows = new Map((await tx.versions([...keys.values()])).map((row) => [recordKey(row), row]))
  return entities.map((entity) => {
    const { collection, id, baseVersion, fields, history, operation = '' } = entity
    const definition = Object.hasOwn(collections, collection) ? collections[collection] : undefined
    const row = rows.get(recordKey({ collection, id }))
    const byServer = serverHalves.has(halfKey(collection, operation))
    const key = recordKey(entity)
    const after = created.has(key) ? 'creation' : edited.has(key) ? 'edits' : 'nothing'
    const foreseen = foresee(definition, row, { clientId, baseVersion, history, fields, byServer, after })
    return { collection, id, ...foreseen, fields: [...foreseen.fields] }
  })
}

const isDeletion = ({ fields }: PreflightEntity): boolean => fields.length === 1 && fields[0] === deletedField

/** It may be among edits of the version that its author saw. */
const isCreation = ({ fields }: PreflightEntity): boolean =>
  fields.length > 1 && fields.includes(deletedField)

const order: readonly Risk[] = ['LOW', 'MEDIUM', 'HIGH']

const highest = (risks: readonly EntityRisk[]): Risk =>
  order.findLast((level) => risks.some(({ risk }) => risk === level)) ?? 'LOW'

interface Findings {
  readonly isReachable: boolean
  /** Operations of a newer schema would wait here. */
  readonly isOlder: boolean
  /** Others changed what the device is about to change: it should see that first. */
  readonly isBehind: boolean
}

const actionOf = ({ isReachable, isOlder, isBehind }: Findings): PreflightAction => {
  if (!isReachable) return 'RESET_REQUIRED'
  if (isOlder) return 'UPGRADE_REQUIRED'
  return isBehind ? 'PULL_FIRST' : 'PUSH'
}
