import { isDeepStrictEqual } from 'node:util'
import type { ServerRow } from '@holdfast/core/protocol'
import type { ReadTransaction, ServerStore } from '@holdfast/server'
import { createFindings, type Finding, type Findings } from './finding.ts'
import type { ScopeThen } from './read-commits.ts'

const atOnce = 500

/** Holds the database against what was committed: nothing of it is gone, nothing else is there. */
export const compareStore = async (
  scopes: ReadonlyMap<string, ScopeThen>,
  store: ServerStore,
): Promise<readonly Finding[]> => {
  const findings = createFindings()
  for (const [name, scope] of scopes) {
    await store.read(name, async (tx) => {
      const { head, nonce } = tx.state
      findings.must(
        head === scope.head && nonce === scope.nonce,
        'durable',
        () => `${name} stands at ${head}, the last commit left it at ${scope.head}`,
      )
      await compareRows(tx, scope, findings)
      await compareOperations(tx, scope, findings)
      await compareSlots(tx, scope, findings)
    })
  }
  return findings.all()
}

const compareRows = async (tx: ReadTransaction, { rows }: ScopeThen, { must }: Findings): Promise<void> => {
  const there = new Map<string, ServerRow>()
  for (let after = 0; ;) {
    const page = await tx.changesAfter(after, atOnce)
    for (const row of page) there.set(`${row.collection}/${row.id}`, row)
    const last = page.at(-1)
    if (last === undefined) break
    after = last.seq
  }
  for (const [key, row] of rows) {
    const found = there.get(key)
    const isPruned = found === undefined && row.deleted && row.seq <= tx.state.prunedTo
    must(
      isPruned || isDeepStrictEqual(plain(found), plain(row)),
      'durable',
      () => `${key} is ${textOf(found)}, was committed as ${textOf(row)}`,
    )
  }
  for (const key of there.keys()) must(rows.has(key), 'durable', () => `nobody committed ${key}`)
}

/** Members that are there and undefined are the same as absent ones. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

const plain = (row: ServerRow | undefined): unknown =>
  row && { ...row, fieldVersions: asJson(row.fieldVersions) }

const textOf = (row: ServerRow | undefined): string =>
  row === undefined ? 'gone' : `version ${row.version} at ${row.seq}`

const compareOperations = async (
  tx: ReadTransaction,
  { operations }: ScopeThen,
  { must }: Findings,
): Promise<void> => {
  const ids = [...operations.keys()]
  for (let start = 0; start < ids.length; start += atOnce) {
    const rows = await tx.operations(ids.slice(start, start + atOnce))
    const byId = new Map(rows.map((row) => [row.operationId, row]))
    for (const id of ids.slice(start, start + atOnce)) {
      const [found, wanted] = [byId.get(id), operations.get(id)]
      const same = isDeepStrictEqual(asJson(found?.verdict), asJson(wanted?.verdict))
      must(same, 'durable', () => `the verdict of ${id} is not what was committed`)
    }
  }
}

const compareSlots = async (tx: ReadTransaction, { slots }: ScopeThen, { must }: Findings): Promise<void> => {
  for (const [clientId, holders] of slots.all()) {
    const there = await tx.slotsAfter(clientId, 0, holders.size + 1)
    const wanted = [...holders].sort(([left], [right]) => left - right)
    const found = there.map(({ clientSeq, operationId }) => [clientSeq, operationId])
    must(
      isDeepStrictEqual(found, wanted),
      'exactly once',
      () => `${clientId} has ${found.length} decided numbers, ${wanted.length} were committed`,
    )
  }
}
