import { hasCode } from '../base/errors.ts'
import type { Schema } from '../model/schema.ts'
import { readIntended, type IntendedChanges, type IntendedPlace } from '../oplog/read-intended.ts'
import { readOwned } from '../oplog/recovery/owner.ts'
import {
  maxPreflightEntities,
  preflightActions,
  risks,
  type EntityRisk,
  type PreflightAction,
  type PreflightAnswer,
  type Risk,
} from '../protocol/preflight.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { Store } from '../storage/store.ts'
import type { Transport } from '../transport/contract.ts'
import type { CycleContext } from './cycle-context.ts'
import { patiently } from './patiently.ts'

export interface PreflightContext extends Pick<CycleContext, 'pause'> {
  readonly scope: string
  readonly store: Store
  readonly schema: Schema
  readonly transport: Transport
}

/** What sending the queue of one scope would meet. */
export interface ScopePreflight {
  readonly entities: readonly EntityRisk[]
  readonly action: PreflightAction
}

/**
 * Asks about the whole queue of a scope, in as many requests as that takes. Only names of records and fields leave the device.
 * @throws SyncError what the transport rejects with
 */
export const preflightScope = async (
  context: PreflightContext,
  signal: AbortSignal,
): Promise<ScopePreflight> => {
  const entities = new Map<string, EntityRisk>()
  let action: PreflightAction = 'PUSH'
  await askPages(context, signal, async (_, answer) => {
    for (const entity of answer.entities) addRisk(entities, entity)
    action = later(preflightActions, action, answer.action)
  })
  return { entities: [...entities.values()], action }
}

/** Asks page by page; smaller pages where they are too large for the server, or for what is in between. */
export const askPages = async (
  { scope, store, schema, transport, pause }: PreflightContext,
  signal: AbortSignal,
  onPage: (intended: IntendedChanges, answer: PreflightAnswer) => Promise<void>,
): Promise<void> => {
  const { owner: clientId } = await readOwned(store, scope)
  let place: IntendedPlace | undefined
  let most = maxPreflightEntities
  for (let isLast = false; !isLast;) {
    const intended = await readIntended(store, schema, scope, place, most)
    const { operations, counts, cursor, oldestTimestamp, entities, opVersions } = intended
    const input = {
      protocol: protocolVersion,
      schemaVersion: schema.version,
      clientId,
      scope,
      cursor,
      counts,
      entities: [...entities],
      opVersions: [...opVersions],
      ...(oldestTimestamp === undefined ? {} : { oldestTimestamp }),
    }
    const answer = await patiently({ pause }, signal, () => transport.preflight(input, { signal })).catch(
      (error: unknown) => {
        if (hasCode(error, 'TOO_LARGE') && operations.length > 1) return undefined
        throw error
      },
    )
    signal.throwIfAborted()
    if (answer === undefined) {
      most = operations.length >> 1
      continue
    }
    await onPage(intended, answer)
    place = intended.next
    isLast = place === undefined
  }
}

export const highestRisk = (entities: readonly EntityRisk[]): Risk =>
  entities.reduce<Risk>((worst, { risk }) => later(risks, worst, risk), 'LOW')

export const lastAction = (found: readonly PreflightAction[]): PreflightAction =>
  found.reduce<PreflightAction>((worst, action) => later(preflightActions, worst, action), 'PUSH')

const later = <TItem>(order: readonly TItem[], left: TItem, right: TItem): TItem =>
  order.indexOf(right) > order.indexOf(left) ? right : left

/** A record's operations may have come as several entities: the highest risk counts, with all disputed fields. */
export const addRisk = (entities: Map<string, EntityRisk>, found: EntityRisk): void => {
  const key = `${found.collection}/${found.id}`
  const known = entities.get(key)
  if (known === undefined) {
    entities.set(key, found)
    return
  }
  const worst = later(risks, known.risk, found.risk) === known.risk ? known : found
  entities.set(key, { ...worst, fields: [...new Set([...known.fields, ...found.fields])].sort() })
}
