import type { Operation } from '@holdfast/core'
import { decodePortable } from '@holdfast/core/protocol'
import { textOfRecord } from '../app/device.ts'
import { scopesOf } from '../app/schema.ts'
import type { DeviceEnd } from './fates.ts'
import type { Decided, Stored } from './stored.ts'

type Values = Readonly<Record<string, unknown>>
interface Row {
  readonly values: Values
  readonly deleted: boolean
}

const without = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))

/** What an operation does to a record, but for the fields that it lost. Shares nothing with the product. */
const applyTo = (row: Row, { type, payload }: Operation, lost: readonly string[]): Row => {
  const input = decodePortable(payload) as (Values & { readonly $deltas?: Values }) | null
  const { $deltas: deltas = {}, ...plain } = input ?? {}
  const { values } = row
  switch (type) {
    case 'delete':
      // Somebody had just edited it: the edit stands.
      return { values, deleted: lost.length === 0 }
    case 'take':
      return {
        ...row,
        values: { ...values, left: Number(values['left']) - Number((plain as Values)['amount']) },
      }
    default: {
      const counted: Values = Object.fromEntries(
        Object.entries(deltas).map(([name, by]) => [name, Number(values[name] ?? 0) + Number(by)]),
      )
      const changed = without({ ...plain, ...counted }, lost)
      return { values: { ...values, ...changed }, deleted: false }
    }
  }
}

const groupBy = <TItem>(
  items: readonly TItem[],
  keyOf: (item: TItem) => string,
): ReadonlyMap<string, TItem[]> => {
  const groups = new Map<string, TItem[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? []
    group.push(item)
    groups.set(keyOf(item), group)
  }
  return groups
}

interface Applied extends Decided {
  readonly version: number
}

const isApplied = (decided: Decided): decided is Applied => decided.version !== undefined

/** Each version of each record was made once; the records are what their operations make of them, in this order. */
export const checkRecords = (devices: readonly DeviceEnd[], stored: Stored): readonly string[] => {
  const violations: string[] = []
  const made = new Map(devices.flatMap(({ operations }) => operations.map((one) => [one.id, one])))
  const applied = [...stored.operations.values()].filter(isApplied)
  const byRecord = groupBy(applied, ({ record }) => record)
  for (const [key, { version, deleted, data }] of stored.records) {
    const operations = (byRecord.get(key) ?? []).toSorted((left, right) => left.version - right.version)
    const versions = operations.map((one) => one.version)
    if (versions.some((one, index) => one !== index + 1) || versions.length !== version)
      violations.push(`${key} has version ${version}, made by ${versions.join()}`)
    let row: Row = { values: {}, deleted: false }
    for (const { id, lost } of operations) {
      const operation = made.get(id)
      if (operation !== undefined) row = applyTo(row, operation, lost)
    }
    const wanted = textOfRecord(key, { count: 0, ...row.values, deleted: row.deleted })
    const found = textOfRecord(key, { count: 0, ...data, deleted })
    if (wanted !== found) violations.push(`stored is ${found}, and its operations make ${wanted}`)
  }
  for (const key of byRecord.keys()) if (!stored.records.has(key)) violations.push(`${key} is not there`)
  for (const [scope, all] of groupBy(applied, (one) => one.scope))
    if (stored.heads.get(scope) !== all.length)
      violations.push(`${scope} stands at ${stored.heads.get(scope)} after ${all.length} operations`)
  return violations
}

/** What one device did to one record took effect in the order made. */
export const checkOrder = (devices: readonly DeviceEnd[], stored: Stored): readonly string[] =>
  devices.flatMap(({ name, operations }) =>
    [...groupBy(operations, ({ collection, recordId }) => `${collection}/${recordId}`)].flatMap(
      ([key, own]) => {
        const versions = own
          .toSorted((left, right) => left.localSeq - right.localSeq)
          .flatMap(({ id }) => stored.operations.get(id)?.version ?? [])
        const isSorted = versions.every((version, index) => version > (versions[index - 1] ?? 0))
        return isSorted ? [] : [`${name}: what it did to ${key} made the versions ${versions.join()}`]
      },
    ),
  )

/** Each device shows what the tables hold of its scopes, and nothing else. */
export const checkShown = (devices: readonly DeviceEnd[], stored: Stored): readonly string[] =>
  devices.flatMap(({ name, shown }) => {
    const scopes = new Set(scopesOf(name))
    const living = [...stored.records.values()]
      .filter(({ scope, deleted }) => scopes.has(scope) && !deleted)
      .map(({ collection, data }) =>
        textOfRecord(collection, { ...(collection === 'counters' && { count: 0 }), ...data }),
      )
      .toSorted()
    const [here, there] = [new Set(shown), new Set(living)]
    return [
      ...shown.filter((text) => !there.has(text)).map((text) => `only ${name} shows ${text}`),
      ...living.filter((text) => !here.has(text)).map((text) => `${name} does not show ${text}`),
    ]
  })
