import type { PushOutput, PushInput, ServerRow, WireOperation } from '@holdfast/core/protocol'
import type { CommitBatch, Write } from '@holdfast/core/storage'
import type { Changes } from '@holdfast/server'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import { changingCommits, withTransaction, type Plants } from './plants.ts'

type Values = Readonly<Record<string, unknown>>

const valuesOf = (payload: string): Values => JSON.parse(payload) as Values

/** What the server makes of the operations that come to it. */
const changingOperations = (
  change: (operation: WireOperation) => WireOperation,
  watch: (changes: Changes) => void = () => undefined,
): Plants => ({
  ...withTransaction((tx) => ({
    ...tx,
    async save(changes) {
      await tx.save(changes)
      watch(changes)
    },
  })),
  handlers: (handlers): typeof handlers => ({
    ...handlers,
    push: (ctx, input): Promise<PushOutput> => {
      const { operations, ...rest } = input as PushInput
      return handlers.push(ctx, { ...rest, operations: operations.map(change) })
    },
  }),
})

/** Remembers the rows of one server, by record and version. */
const createMemory = () => {
  const rows = new Map<string, ServerRow>()
  const nameOf = (collection: string, id: string, version: number): string => `${collection}/${id} ${version}`
  return {
    watch(changes: Changes): void {
      for (const row of changes.rows) {
        rows.set(nameOf(row.collection, row.id, row.version), row)
        rows.set(nameOf(row.collection, row.id, 0), row)
      }
    },
    /** As its author saw it. */
    seenBy: ({ collection, recordId, baseVersion }: WireOperation): ServerRow | undefined =>
      baseVersion === 0 ? undefined : rows.get(nameOf(collection, recordId, baseVersion)),
    newest: ({ collection, recordId }: WireOperation): ServerRow | undefined =>
      rows.get(nameOf(collection, recordId, 0)),
  }
}

/** An edit brings all fields of the record as its author saw it. */
const overwritesUntouched = (): Plants => {
  const memory = createMemory()
  return changingOperations((operation) => {
    const seen = operation.type === 'update' ? memory.seenBy(operation) : undefined
    if (seen === undefined || operation.collection !== 'tasks') return operation
    const { id: _id, ...fields } = seen.data
    return { ...operation, payload: JSON.stringify({ ...fields, ...valuesOf(operation.payload) }) }
  }, memory.watch)
}

/** Whatever time a device claims is kept with what it wrote. */
const keepsClaimedTimes = (): Plants => {
  const claimed = new Map<string, number>()
  return {
    ...withTransaction((tx) => {
      const unclamped = (changes: Changes, row: ServerRow): ServerRow => {
        const times = changes.operations
          .filter(({ collection, recordId }) => collection === row.collection && recordId === row.id)
          .map(({ operationId }) => claimed.get(operationId) ?? 0)
        const latest = Math.max(0, ...times)
        const fields = Object.entries(row.fieldVersions).map(([field, version]) => [
          field,
          version.version === row.version
            ? { ...version, timestamp: Math.max(version.timestamp, latest) }
            : version,
        ])
        return { ...row, fieldVersions: Object.fromEntries(fields) as ServerRow['fieldVersions'] }
      }
      return {
        ...tx,
        save: (changes) => tx.save({ ...changes, rows: changes.rows.map((row) => unclamped(changes, row)) }),
      }
    }),
    handlers: (handlers): typeof handlers => ({
      ...handlers,
      push(ctx, input) {
        for (const { id, timestamp } of (input as PushInput).operations) claimed.set(id, timestamp)
        return handlers.push(ctx, input)
      },
    }),
  }
}

/** Whoever answers a question overrules what came since it was asked. */
const overrulesNewer = (): Plants => {
  const answers = new Set<string>()
  const noteAnswers = ({ writes }: CommitBatch): void => {
    for (const { key, value } of writes) {
      if (!key.startsWith('done/') || value?.includes('"SUPERSEDED"') !== true) continue
      const { fate } = JSON.parse(value) as { readonly fate: { readonly by?: string } }
      if (fate.by !== undefined) answers.add(fate.by)
    }
  }
  return {
    ...changingCommits((batch) => {
      noteAnswers(batch)
      return batch
    }),
    handlers: changingOperations((operation) =>
      answers.has(operation.id) ? { ...operation, baseVersion: 1_000_000 } : operation,
    ).handlers,
  }
}

interface Deltas {
  readonly count?: number
  readonly tags?: { readonly add: readonly unknown[]; readonly remove: readonly string[] }
}

const withDeltas = (operation: WireOperation, change: (deltas: Deltas) => Deltas): WireOperation => {
  if (operation.collection !== 'stocks' || !operation.payload.includes('$deltas')) return operation
  const { $deltas, ...values } = valuesOf(operation.payload)
  return { ...operation, payload: JSON.stringify({ ...values, $deltas: change($deltas as Deltas) }) }
}

/** Of some operations the amount is added once more. */
const addsTwice = (): Plants => {
  const arrived = new Map<string, number>()
  return changingOperations((operation) => {
    const place = arrived.get(operation.id) ?? arrived.size + 1
    arrived.set(operation.id, place)
    return withDeltas(operation, (deltas) =>
      place % 3 === 0 && deltas.count !== undefined ? { ...deltas, count: 2 * deltas.count } : deltas,
    )
  })
}

/** Who removes a member removes it from everybody, whether or not they had seen it. */
const removesUnseen = (): Plants => {
  const memory = createMemory()
  const tagsOf = (operation: WireOperation, row: ServerRow | undefined, removed: readonly string[]) => {
    const { members = [] } = (row?.data['tags$'] ?? {}) as {
      readonly members?: readonly (readonly [string, unknown])[]
    }
    const gone = new Set(members.filter(([tag]) => removed.includes(tag)).map(([, member]) => member))
    const seen = (memory.seenBy(operation)?.data['tags$'] ?? {}) as {
      readonly members?: readonly (readonly [string, unknown])[]
    }
    for (const [tag, member] of seen.members ?? []) if (removed.includes(tag)) gone.add(member)
    return members.filter(([, member]) => gone.has(member)).map(([tag]) => tag)
  }
  return changingOperations(
    (operation) =>
      withDeltas(operation, (deltas) => {
        if (deltas.tags === undefined) return deltas
        const { add, remove } = deltas.tags
        const all = new Set([...remove, ...tagsOf(operation, memory.newest(operation), remove)])
        return { ...deltas, tags: { add, remove: [...all] } }
      }),
    memory.watch,
  )
}

/** The server has decided, and the device goes on showing what it had guessed. */
const keepsGuesses = (): Plants =>
  changingCommits(async ({ expect, writes }, database) => {
    const ended = writes.filter(({ key, value }) => key.startsWith('op/') && value === undefined)
    const records = ended
      .map(({ key }) => key.replace(/^op/, 'rec').slice(0, key.lastIndexOf('/') + 1))
      .filter((key) => key.includes('/accounts/'))
    if (records.length === 0) return { expect, writes }
    const found = await database.read([...new Set(records)].map((get) => ({ get })))
    const guesses = new Map(
      found.flatMap((entry): readonly (readonly [string, unknown])[] => {
        const { shown } = JSON.parse(entry?.value ?? '{}') as { readonly shown?: unknown }
        return entry === undefined || typeof shown !== 'string' ? [] : [[entry.key, shown]]
      }),
    )
    const kept = ({ key, value }: Write): Write => {
      const shown = guesses.get(key)
      if (shown === undefined || value === undefined) return { key, value }
      return { key, value: JSON.stringify({ ...(JSON.parse(value) as object), shown }) }
    }
    return { expect, writes: writes.map(kept) }
  })

const varied: SwarmChanges = { varied: 0.9, sharedRecords: 1 }

/** Bugs of strategies, field types and server halves. */
export const mergeBugs: readonly PlantedBug[] = [
  { name: 'a merge of fields overwrites one that nobody touched', plants: overwritesUntouched },
  {
    name: 'the later write wins by whatever time it claims',
    plants: keepsClaimedTimes,
    changes: {
      varied: 0,
      sharedRecords: 1,
      devices: 3,
      favourite: 'logs',
      clockSkew: 86_400_000,
      poison: 0,
      weights: { clockJump: 40, write: 80, offline: 4 },
    },
  },
  {
    name: 'an answer overrules what it has not seen',
    plants: overrulesNewer,
    changes: { sharedRecords: 1, hasty: true, weights: { resolve: 50 } },
  },
  {
    name: 'an amount is added twice',
    plants: addsTwice,
    changes: varied,
  },
  {
    name: 'a set loses what was added while it was removed',
    plants: removesUnseen,
    changes: {
      ...varied,
      favourite: 'stocks',
      devices: 3,
      weights: { write: 80, offline: 10, partition: 10 },
    },
  },
  {
    name: 'a guess stays when the server has decided',
    plants: keepsGuesses,
    changes: { varied: 0.5, weights: { pay: 60 } },
  },
]
