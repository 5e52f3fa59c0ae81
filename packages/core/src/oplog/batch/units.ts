import { orderedNumber } from '../../base/keys.ts'
import type { Operation } from '../../model/operation.ts'
import { maxBatch } from '../../protocol/push.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { operationKey } from '../keys.ts'
import { addressesOf, operationsOf, type Listed } from '../stored.ts'

/** An operation, or the operations of one transaction: they go into one batch. */
export type Unit = readonly Operation[]

/** Operations in the order made, unit by unit. */
export const toUnits = (operations: readonly Operation[]): readonly Unit[] => {
  const units: Operation[][] = []
  for (const operation of operations) {
    const open = units.at(-1)
    const isSame =
      operation.transaction !== undefined && open?.[0]?.transaction?.id === operation.transaction.id
    if (isSame) open?.push(operation)
    else units.push([operation])
  }
  return units
}

/** The listed operations, unit by unit; a transaction that is not listed whole is left out, unless it is the first. */
export const readUnits = async (
  workspace: Workspace,
  scope: string,
  { prefix, entries }: Listed,
): Promise<readonly Unit[]> => {
  const units = toUnits(await readOperations(workspace, scope, { prefix, entries }))
  const last = units.at(-1)
  if (last === undefined || isWhole(last)) return units
  if (units.length > 1) return units.slice(0, -1)
  // A transaction is never cut, however few operations a batch may have.
  const [whole] = await workspace.read([{ scan: prefix, limit: maxBatch, after: before(prefix, last) }])
  const rest = await readOperations(workspace, scope, { prefix, entries: whole })
  return [rest.filter(({ transaction }) => transaction?.id === last[0]?.transaction?.id)]
}

/** The place in the list just before a unit's first operation. */
const before = (prefix: string, unit: Unit): string =>
  `${prefix}${orderedNumber((unit[0]?.localSeq ?? 1) - 1)}`

const isWhole = (unit: Unit): boolean => unit.length >= (unit[0]?.transaction?.size ?? 1)

/** The listed operations, in the order of the list. */
export const readOperations = async (
  workspace: Workspace,
  scope: string,
  listed: Listed,
): Promise<readonly Operation[]> =>
  operationsOf(
    await workspace.read(addressesOf(scope, listed).map((address) => ({ get: operationKey(address) }))),
  )
