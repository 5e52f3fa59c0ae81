import {
  collection,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  operation,
  optimisticVersion,
  systemEnvironment,
  type Environment,
  type Portable,
} from '@holdfast/core'
import {
  decodePortable,
  encodePortable,
  type Page,
  type PreflightEntity,
  type PreflightOutput,
  type PullAnswer,
  type PullOutput,
  type PushAnswer,
  type PushOutput,
  type ServerRow,
  type SnapshotAnswer,
  type SnapshotOutput,
  type WireOperation,
} from '@holdfast/core/protocol'
import {
  allowAll,
  createSyncHandlers,
  type Logger,
  type ServerStore,
  type SyncHandlers,
  type SyncOptions,
  type SyncServer,
} from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { z } from 'zod'

const todo = z.object({
  id: z.string(),
  title: z.string().min(1),
  done: z.boolean().default(false),
  note: z.string().optional(),
  votes: z.number().default(0),
})

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    todos: collection({
      fields: todo,
      conflict: fieldMerge({ onOverlap: 'ask', fields: { votes: lastWriteWins() } }),
      operations: {
        forget: operation({
          input: z.object({}),
          apply: ({ note: _note, ...rest }: z.output<typeof todo>) => rest,
        }),
      },
    }),
    parts: collection({
      fields: z.object({ id: z.string(), todo: z.string(), name: z.string().default('') }),
      references: { todo: 'todos' },
    }),
    notes: collection({ fields: z.object({ id: z.string(), text: z.string() }) }),
    invoices: collection({
      fields: z.object({ id: z.string(), cost: z.number(), title: z.string() }),
      conflict: optimisticVersion(),
    }),
  },
})

export interface Caller {
  readonly user: { readonly id: string }
}

export const secret = 'a secret of thirty-two bytes, or more'
export const scope = 'team-1'

export const silent: Logger = { error: () => undefined }

/** No more than a server can't do without, over a memory of its own; it has the defaults of all else. */
export const leastOptions = () => ({
  schema,
  store: memoryServerStore(),
  scopes: () => [scope],
  authorize: allowAll,
  tokenSecrets: [secret],
  logger: silent,
})

/** A clock that a test moves by hand; ids count up. */
export const testEnvironment = (
  startAt = 1_750_000_000_000,
): Environment & { at: (time: number) => void } => {
  let now = startAt
  let ids = 0
  return {
    clock: { now: () => now, monotonic: () => now },
    timers: systemEnvironment.timers,
    random: systemEnvironment.random,
    newId: () => `id-${(ids += 1)}`,
    at: (time) => {
      now = time
    },
  }
}

export interface World<TDatabase> {
  readonly store: ServerStore<TDatabase>
  readonly handlers: SyncServer<Caller, TDatabase>
  readonly client: (clientId: string, user?: string) => TestClient
}

export const createWorld = <TDatabase>(
  store: ServerStore<TDatabase>,
  options: Partial<SyncOptions<Caller, TDatabase>> = {},
): World<TDatabase> => {
  const handlers = createSyncHandlers<Caller, TDatabase>({
    schema,
    store,
    scopes: () => [scope, 'team-2'],
    authorize: allowAll,
    tokenSecrets: [secret],
    rates: 'none',
    logger: silent,
    ...options,
  })
  return { store, handlers, client: (clientId, user = 'u-1') => createTestClient(handlers, clientId, user) }
}

export const memoryWorld = (options?: Partial<SyncOptions<Caller, undefined>>): World<undefined> =>
  createWorld(memoryServerStore(), options)

export type Sketch = Partial<Omit<WireOperation, 'payload'>> & {
  readonly payload?: unknown
  readonly value?: Portable
}

/** A client that keeps what the wire needs, and nothing more. */
export interface TestClient {
  readonly clientId: string
  readonly instance: { acknowledged: string; candidate: string }
  cursor: string
  nextSeq: number
  readonly operation: (sketch: Sketch) => WireOperation
  readonly pushRaw: (
    operations: readonly unknown[],
    envelope?: Readonly<Record<string, unknown>>,
  ) => Promise<PushOutput>
  readonly push: (...operations: readonly WireOperation[]) => Promise<PushAnswer>
  readonly pullRaw: (envelope?: Readonly<Record<string, unknown>>) => Promise<PullOutput>
  readonly pull: (envelope?: Readonly<Record<string, unknown>>) => Promise<PullAnswer>
  readonly snapshotRaw: (envelope?: Readonly<Record<string, unknown>>) => Promise<SnapshotOutput>
  readonly snapshot: (envelope?: Readonly<Record<string, unknown>>) => Promise<SnapshotAnswer>
  readonly preflightRaw: (
    entities: readonly PreflightEntity[],
    envelope?: Readonly<Record<string, unknown>>,
  ) => Promise<PreflightOutput>
  /** Pulls until there is no more. */
  readonly pullAll: (limit?: number) => Promise<readonly Page['changes'][number][]>
}

export const answerOf = <TOutput extends { readonly kind: string }>(
  output: TOutput,
): Extract<TOutput, { readonly kind: 'answer' }> => {
  if (output.kind !== 'answer') throw new Error(`refused: ${JSON.stringify(output)}`)
  return output as Extract<TOutput, { readonly kind: 'answer' }>
}

export const createTestClient = (
  handlers: SyncHandlers<Caller>,
  clientId: string,
  user: string,
): TestClient => {
  const ctx: Caller = { user: { id: user } }
  const client: TestClient = {
    clientId,
    instance: { acknowledged: `${clientId}-i0`, candidate: `${clientId}-i0` },
    cursor: '',
    nextSeq: 1,
    operation({ value, ...sketch }) {
      const clientSeq = sketch.clientSeq ?? client.nextSeq
      client.nextSeq = Math.max(client.nextSeq, clientSeq + 1)
      const operation = {
        id: `${clientId}-op-${clientSeq}`,
        clientSeq,
        collection: 'todos',
        recordId: 'r-1',
        type: 'update',
        payload: encodePortable(value ?? {}),
        baseVersion: 0,
        timestamp: 1_750_000_000_000,
        opVersion: '1.0.0',
        ...sketch,
      }
      return operation as WireOperation
    },
    pushRaw: (operations, envelope = {}) =>
      handlers.push(ctx, {
        protocol: 1,
        clientId,
        instance: client.instance,
        scope,
        cursor: client.cursor,
        batchId: 'b-1',
        operations,
        ...envelope,
      }),
    push: async (...operations) => answerOf(await client.pushRaw(operations)),
    pullRaw: (envelope = {}) =>
      handlers.pull(ctx, { protocol: 1, clientId, scope, cursor: client.cursor, ...envelope }),
    async pull(envelope) {
      const answer = answerOf(await client.pullRaw(envelope))
      client.cursor = answer.cursor
      return answer
    },
    snapshotRaw: (envelope = {}) => handlers.snapshot(ctx, { protocol: 2, clientId, scope, ...envelope }),
    snapshot: async (envelope) => answerOf(await client.snapshotRaw(envelope)),
    preflightRaw: (entities, envelope = {}) =>
      handlers.preflight(ctx, {
        protocol: 2,
        clientId,
        scope,
        cursor: client.cursor,
        entities,
        counts: { pending: entities.length, sent: 0 },
        opVersions: ['1.0.0'],
        ...envelope,
      }),
    async pullAll(limit) {
      const changes: Page['changes'] = []
      for (;;) {
        const page = await client.pull(limit === undefined ? {} : { limit })
        changes.push(...page.changes)
        if (!page.hasMore) return changes
      }
    },
  }
  return client
}

export const create = (
  client: TestClient,
  recordId: string,
  value: Readonly<Record<string, Portable>>,
): WireOperation => client.operation({ recordId, type: 'create', value: { id: recordId, ...value } })

export const dataOf = (change: Page['changes'][number] | undefined): unknown =>
  change === undefined || change.kind === 'deleted' ? undefined : decodePortable(change.data)

/** The kinds of the results with their codes, sorted. */
export const kinds = ({ results }: PushAnswer): readonly string[] =>
  results.map((result) => ('code' in result ? `${result.kind} ${result.code}` : result.kind)).toSorted()

export const readRow = async (
  store: ServerStore,
  id: string,
  collectionName = 'todos',
): Promise<ServerRow | undefined> => {
  const [row] = await store.read(scope, (tx) => tx.records([{ collection: collectionName, id }]))
  return row
}
