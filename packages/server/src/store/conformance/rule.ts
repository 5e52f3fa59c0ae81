import type { ServerRow } from '@holdfast/core/protocol'
import type { Changes, OperationRow, ServerStore, WriteTransaction } from '../contract.ts'

/** A database, empty at first, isolated from all others, and the store of a first process over it. */
export interface ServerStorePlace {
  readonly store: ServerStore
  /** The store of another process over the same database. */
  readonly another: () => Promise<ServerStore>
  readonly dispose: () => Promise<void>
}

export interface ServerStoreRule {
  /** `SS1`, `SS2`, ... Never given to another rule. */
  readonly id: string
  readonly title: string
  readonly check: (context: RuleContext) => Promise<void>
}

export interface RuleContext {
  readonly store: ServerStore
  readonly another: () => Promise<ServerStore>
}

export const checkRule = async (
  rule: ServerStoreRule,
  create: () => Promise<ServerStorePlace>,
): Promise<void> => {
  const place = await create()
  try {
    await rule.check(place)
  } finally {
    await place.dispose()
  }
}

export const scope = 'team-1'

export const rowOf = (id: string, seq: number, more: Partial<ServerRow> = {}): ServerRow => ({
  collection: 'todos',
  id,
  version: 1,
  seq,
  bornSeq: seq,
  deleted: false,
  data: { id, title: `at ${seq}` },
  fieldVersions: {
    title: { version: 1, clientId: 'c', userId: 'u', otherVersion: 0, timestamp: 1_750_000_000_000, seq },
  },
  updatedAt: 1_750_000_000_000,
  updatedBy: 'u',
  ...more,
})

export const operationOf = (clientSeq: number, more: Partial<OperationRow> = {}): OperationRow => ({
  operationId: `op-${clientSeq}`,
  clientId: 'c',
  clientSeq,
  userId: 'u',
  payloadHash: 'hash',
  collection: 'todos',
  recordId: 'r',
  type: 'update',
  verdict: { kind: 'applied', version: clientSeq },
  decidedAt: 1_750_000_000_000,
  ...more,
})

/** A batch of client `c` of user `u`. */
export const changesOf = (more: Partial<Changes> = {}): Changes => ({
  rows: [],
  operations: [],
  resends: [],
  client: { clientId: 'c', userId: 'u', instance: 'i', watermark: 0 },
  ...more,
})

export const save = (
  store: ServerStore,
  changes: Partial<Changes> | ((tx: WriteTransaction) => Partial<Changes>),
  where: string = scope,
): Promise<void> =>
  store.write(where, async (tx) => {
    await tx.save(changesOf(typeof changes === 'function' ? changes(tx) : changes))
  })

/** One more change of the feed, under its own nonce. */
export const advance = (store: ServerStore, id: string, where: string = scope): Promise<void> =>
  save(
    store,
    ({ state }) => {
      const head = state.head + 1
      return { rows: [rowOf(id, head)], head: { head, nonce: `n${head}` } }
    },
    where,
  )
