import { hasCode } from '@holdfast/core'
import {
  isNewerVersion,
  type EntityRisk,
  type PreflightAction,
  type PreflightOutput,
  type Risk,
} from '@holdfast/core/protocol'
import { assertReads } from '../outgoing/reader.ts'
import { assertReachable, openCursor } from '../tokens/cursor.ts'
import { assertScope, bindingOf, callerOf } from './access.ts'
import { answering } from './answering.ts'
import type { Deps } from './deps.ts'
import { readInput } from './envelope.ts'
import { foreseeAll } from './foresee-all.ts'

/** What a push would meet, foreseen by the rules of push from metadata alone. Nothing is decided or stored. */
export const preflight = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
): Promise<PreflightOutput> =>
  answering(deps, 'preflight', async () => {
    const { options, signer, hooks } = deps
    const user = callerOf(deps, ctx)
    const asked = readInput('preflight', input)
    const { scope, clientId, cursor, schemaVersion, opVersions } = asked
    assertReads({ schemaVersion }, options.schema.version)
    return await options.store.read(scope, async (tx) => {
      await assertScope(deps, ctx, tx, scope)
      await bindingOf(tx, clientId, user)
      const isReachable = await reaches(async () =>
        assertReachable(tx, openCursor(signer, { user, scope }, cursor)),
      )
      const raises = hooks.has('migrateOperation')
      const risks = await foreseeAll({ ...options, raises }, tx, asked)
      const conflictRisk = highest(risks)
      const isOlder =
        risks.some(({ reason }) => reason === 'server_older') ||
        opVersions.some((version) => isNewerVersion(version, options.schema.version))
      const isBehind = conflictRisk !== 'LOW' || (cursor === '' && tx.state.head > 0)
      return {
        kind: 'answer' as const,
        conflictRisk,
        entities: schemaVersion === undefined ? risks.map(toPlain) : risks,
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

/** For a client that does not know the word: of that shape, there is no such collection here. */
const toPlain = (risk: EntityRisk): EntityRisk =>
  risk.reason === 'server_older' ? { ...risk, reason: 'unknown_collection' } : risk

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
