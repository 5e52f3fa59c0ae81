import type { Database, ReadRequest, ReadResults, Write } from '@holdfast/core/storage'
import type { PlantedBug } from './planted-bug.ts'
import { changingCommits, nothingPlanted, type Plants } from './plants.ts'

interface Operation {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly payload: string
  readonly baseVersion: number
  readonly transaction?: unknown
  readonly fate: { readonly version?: number }
}

const parseOperation = (text: string): Operation => JSON.parse(text) as Operation

const parseObject = (text: string): object => JSON.parse(text) as object

interface StoredRecord {
  readonly base?: unknown
  readonly overlay?: number
}

interface OperationWrite {
  readonly key: string
  readonly operation: Operation
}

const operationsIn = (writes: readonly Write[], status: string): readonly OperationWrite[] =>
  writes.flatMap(({ key, value }) => {
    const isOperation = key.startsWith('op/') || key.startsWith('done/')
    if (!isOperation || value?.includes(`"${status}"`) !== true) return []
    const operation = parseOperation(value)
    return operation.status === status ? [{ key, operation }] : []
  })

const withoutLast = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

/** What already lies on the records of these operations. */
const readNeighbours = async (
  database: Database,
  keys: readonly string[],
): Promise<readonly OperationWrite[]> => {
  const found = await database.read([...new Set(keys.map(withoutLast))].map((scan) => ({ scan })))
  return found.flat().map(({ key, value }) => ({ key, operation: parseOperation(value) }))
}

/** A later edit goes into the operation that is on its way. */
const editsInFlight = (): Plants =>
  changingCommits(async ({ expect, writes }, database) => {
    const edits = operationsIn(writes, 'PENDING').filter(({ operation }) => operation.type === 'update')
    if (edits.length === 0) return { expect, writes }
    const neighbours = await readNeighbours(
      database,
      edits.map(({ key }) => key),
    )
    const edited = edits.flatMap(({ key, operation: edit }): readonly Write[] => {
      const sent = neighbours.find(
        ({ key: other, operation }) =>
          withoutLast(other) === withoutLast(key) &&
          operation.status === 'SENT' &&
          operation.type === 'update',
      )
      if (sent === undefined) return []
      const payload = { ...parseObject(sent.operation.payload), ...parseObject(edit.payload) }
      const value = JSON.stringify({ ...sent.operation, payload: JSON.stringify(payload) })
      return [{ key: sent.key, value }]
    })
    const isEdited = ({ key }: Write): boolean => edited.some((edit) => edit.key === key)
    return { expect, writes: [...writes.filter((write) => !isEdited(write)), ...edited] }
  })

/** What is still to be sent counts as made on the version that an acknowledgement tells. */
const advancesBases = (): Plants =>
  changingCommits(async ({ expect, writes }, database) => {
    const decided = operationsIn(writes, 'COMPLETED').filter(({ key }) => key.startsWith('op/'))
    if (decided.length === 0) return { expect, writes }
    const neighbours = await readNeighbours(
      database,
      decided.map(({ key }) => key),
    )
    const advanced = neighbours.flatMap(({ key, operation }): readonly Write[] => {
      const before = decided.find((one) => withoutLast(one.key) === withoutLast(key))
      const version = before?.operation.fate.version
      if (operation.status !== 'PENDING' || version === undefined) return []
      return [{ key, value: JSON.stringify({ ...operation, baseVersion: version }) }]
    })
    return { expect, writes: [...writes, ...advanced] }
  })

/** What is acknowledged is no longer replayed, though the shown head does not include it. */
const leavesAtVerdict = (): Plants =>
  changingCommits(async ({ expect, writes }, database) => {
    const [decided, ...others] = operationsIn(writes, 'COMPLETED').filter(({ key }) => key.startsWith('op/'))
    if (decided === undefined || others.length > 0) return { expect, writes }
    const record = withoutLast(decided.key).replace(/^op/, 'rec').slice(0, -1)
    if (writes.some(({ key }) => key === record)) return { expect, writes }
    const [entry] = await database.read([{ get: record }])
    const stored: StoredRecord = parseObject(entry?.value ?? '{}')
    if (stored.overlay !== 1) return { expect, writes }
    const [, scope, , , localSeq] = decided.key.split('/')
    const left = writes.filter(({ key }) => key !== decided.key && key !== `waiting/${scope}/${localSeq}`)
    return {
      expect,
      writes: [
        ...left,
        { key: decided.key, value: undefined },
        { key: `done/${scope}/${localSeq}`, value: JSON.stringify(decided.operation) },
        { key: record, value: JSON.stringify({ base: stored.base, overlay: 0 }) },
      ],
    }
  })

/** Each tab sends its own operations first. */
const prefersOwn = (): Plants => ({
  ...nothingPlanted,
  storage(storage) {
    const own = new Set<string>()
    const change = (database: Database): Database => ({
      ...database,
      async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
        const results: readonly unknown[] = await database.read(requests)
        return requests.map((request, index) => {
          const result = results[index]
          if (!('scan' in request) || !request.scan.startsWith('queue/') || !Array.isArray(result))
            return result
          const entries: readonly { readonly key: string }[] = result
          return [...entries.filter(({ key }) => own.has(key)), ...entries.filter(({ key }) => !own.has(key))]
        }) as ReadResults<TRequests>
      },
      async commit(batch) {
        const receipt = await database.commit(batch)
        for (const { key, value } of batch.writes) {
          if (key.startsWith('queue/') && value?.includes('clientSeq') === false) own.add(key)
        }
        return receipt
      },
    })
    return { ...storage, open: async (name) => change(await storage.open(name)) }
  },
})

/** Of the operations of one transaction, the last is stored afterwards. */
const tearsTransactions = (): Plants =>
  ({
    ...nothingPlanted,
    storage: (storage) => ({
      ...storage,
      async open(name) {
        const database = await storage.open(name)
        return {
          ...database,
          async commit({ expect, writes }) {
            const members = operationsIn(writes, 'PENDING').filter(
              ({ operation }) => operation.transaction !== undefined,
            )
            const last = members.length > 1 ? members.at(-1)?.operation.id : undefined
            if (last === undefined) return database.commit({ expect, writes })
            const isLast = ({ value }: Write): boolean => value?.includes(last) === true
            await database.commit({ expect, writes: writes.filter((write) => !isLast(write)) })
            return database.commit({ expect: [], writes: writes.filter(isLast) })
          },
        }
      },
    }),
  }) satisfies Plants

/** Nobody hears of what was refused. */
const dropsDeadLetters = (): Plants =>
  changingCommits(({ expect, writes }) => ({
    expect,
    writes: writes.filter(({ key, value }) => !key.startsWith('dead/') || value === undefined),
  }))

/** Bugs of the operation log. */
export const logBugs: readonly PlantedBug[] = [
  { name: 'an operation is edited that is on its way', plants: editsInFlight },
  { name: 'the base version advances with an acknowledgement', plants: advancesBases },
  { name: 'an operation leaves the replay at its verdict', plants: leavesAtVerdict },
  { name: 'a tab sends its own operations before those of others', plants: prefersOwn },
  { name: 'a transaction is stored in two commits', plants: tearsTransactions },
  { name: 'a dead letter is lost', plants: dropsDeadLetters },
]
