import { orderedNumber } from '../../base/keys.ts'
import { ownMember } from '../../base/objects.ts'
import { hasMortalOperations } from '../../model/lifetime.ts'
import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { ExpirableOperation, ExpirableQueue } from '../../plugin/hooks.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { readOperations, toUnits, type Unit } from '../batch/units.ts'
import { endUnsent } from '../cancel.ts'
import { readDependents } from '../dependents.ts'
import { operationEntry, queueEntry } from '../entries.ts'
import { heldPrefix, logKey, operationKey, queuePrefix } from '../keys.ts'
import { logHead } from '../log.ts'
import { byAge } from '../stored.ts'
import { isOfBefore, leastAge } from './age.ts'
import type { SessionTime } from '../../base/session-time.ts'

export interface ExpiryPass {
  readonly store: Store
  readonly schema: Schema
  readonly scope: string
  readonly session: SessionTime
  /** The `expireQueue` hooks. */
  readonly decide: (queue: ExpirableQueue) => Promise<ExpirableQueue>
  /** Asked between two commits. @throws whatever ends the pass; what was done stays */
  readonly turn: () => Promise<void>
}

export interface Expiry {
  /** Ids of operations that ended. */
  readonly expired: readonly string[]
  /** Milliseconds until the next one may be due; undefined: none is left. */
  readonly next: number | undefined
}

/** So many entries of a list are looked at in one step. */
const portion = 500

/**
 * One pass over what is not decided of a scope, in bounded commits. Ends what the hooks name and what was never sent; of
 * what was sent, the server is asked not to apply what is to be dropped. Each commit expects the log's head, as those
 * that take a batch do: an operation is taken or expired, never both.
 */
export const expireOperations = async (pass: ExpiryPass): Promise<Expiry> => {
  const expired: string[] = []
  let next: number | undefined
  for (const prefix of [queuePrefix(pass.scope), heldPrefix(pass.scope)]) {
    let after: string | undefined
    do {
      const step = await expirePortion(pass, prefix, after)
      expired.push(...step.expired)
      next = soonest(next, step.next)
      after = step.after
      await pass.turn()
    } while (after !== undefined)
  }
  return { expired, next }
}

const soonest = (left: number | undefined, right: number | undefined): number | undefined =>
  left === undefined || right === undefined ? (left ?? right) : Math.min(left, right)

interface Portion extends Expiry {
  readonly after: string | undefined
}

const expirePortion = (
  { store, schema, scope, session, decide }: ExpiryPass,
  prefix: string,
  start: string | undefined,
): Promise<Portion> =>
  store.update(async (workspace) => {
    const [, listed] = await workspace.read([
      { get: logKey(scope) },
      { scan: prefix, limit: portion, after: start },
    ])
    const entries = listed.filter(({ value }) => {
      const definition = ownMember(schema.collections, queueEntry.decode(value).collection)
      return definition !== undefined && hasMortalOperations(definition)
    })
    const units = toUnits(await readOperations(workspace, scope, { prefix, entries }))
    const isLast = listed.length < portion
    const whole = units.filter(isWhole)
    const cut = isLast ? undefined : units.at(-1)
    // A transaction that the portion cut through is looked at with the next one.
    const after =
      cut === undefined || isWhole(cut) || units.length < 2 ? listed.at(-1)?.key : keyBefore(prefix, cut)

    const { era } = logHead(workspace, scope)
    const known = { session: session.id, monotonic: session.monotonic(), time: session.of(scope), era }
    const open = whole.filter((unit) => unit.every(isOpen))
    const operations = open.flat().map((operation) => ({
      operation,
      age: leastAge(operation, known),
      isOfBefore: isOfBefore(operation, known),
    }))
    const named = new Set(
      operations.length === 0 ? [] : (await decide({ scope, operations, expired: [] })).expired,
    )
    const over = open.filter((unit) => unit.every(({ id }) => named.has(id)))
    const ended = await endPending(workspace, schema, scope, over.flat().filter(isPending))
    for (const operation of over.flat())
      if (!isPending(operation))
        workspace.put(operationKey(operation), operationEntry.encode({ ...operation, cancel: true }))
    const left = operations.filter(({ operation }) => !ended.includes(operation.id))
    return {
      expired: ended,
      next: left.reduce<number | undefined>((least, one) => soonest(least, remaining(one)), undefined),
      after: isLast ? undefined : after,
    }
  })

const isWhole = (unit: Unit): boolean => unit.length === (unit[0]?.transaction?.size ?? 1)

/** The place in the list just before a unit. */
const keyBefore = (prefix: string, unit: Unit): string | undefined => {
  const first = unit[0]
  return first === undefined ? undefined : `${prefix}${orderedNumber(first.localSeq - 1)}`
}

const isPending = ({ status, clientSeq }: Operation): boolean =>
  status === 'PENDING' && clientSeq === undefined

/** What was sent is the server's, but it can be asked not to apply it. */
const isOpen = (operation: Operation): boolean => {
  const { life, cancel, status } = operation
  if (life === undefined || life.isAnswer === true || cancel === true) return false
  return isPending(operation) || (status === 'SENT' && life.lifetime === 'drop')
}

const remaining = ({ operation, age }: ExpirableOperation): number | undefined => {
  const lifetime = operation.life?.lifetime
  return typeof lifetime === 'number' && isPending(operation) ? Math.max(0, lifetime - age) : undefined
}

/** @returns the ids of all that ended */
const endPending = async (
  workspace: Workspace,
  schema: Schema,
  scope: string,
  over: readonly Operation[],
): Promise<readonly string[]> => {
  if (over.length === 0) return []
  const dependents = await readDependents(workspace, schema, over)
  const ended = over.map((one): Operation => ({ ...one, status: 'EXPIRED', fate: { kind: 'expired' } }))
  for (const dependent of dependents) ended.push(expiredToo(dependent, ended))
  await endUnsent(workspace, schema, scope, ended.toSorted(byAge))
  return ended.map(({ id }) => id)
}

/** What has a lifetime itself is nobody's dead letter, unless its creation is one, which can be made again. */
const expiredToo = (operation: Operation, ended: readonly Operation[]): Operation => {
  const { fate, life, transaction } = operation
  if (fate.kind !== 'rejected' || life === undefined || transaction !== undefined) return operation
  if (ended.some(({ id, status }) => id === fate.cause && status !== 'EXPIRED')) return operation
  return { ...operation, status: 'EXPIRED', fate: { kind: 'expired', cause: fate.cause } }
}
