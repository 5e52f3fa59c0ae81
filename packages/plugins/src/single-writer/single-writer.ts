import {
  definePlugin,
  SyncError,
  type AnswerDraft,
  type Operation,
  type Plugin,
  type PluginContext,
  type Schema,
} from '@holdfast/core'
import { checkSchema } from './check-schema.ts'
import { createApi, discard, lostTo, type SingleWriterApi } from './api.ts'
import { pluginName, type Guarded } from './lease.ts'
import {
  guard,
  guardLeases,
  leaseHalves,
  type ArrivingWrite,
  type FittingWrite,
  type LeaseHalves,
} from './on-server.ts'
import { createPlaces, type LeasePlaces } from './places.ts'
import { createRequests } from './requests.ts'
import { createLeaseReader, type LeaseReader } from './watch-lease.ts'

export interface SingleWriterOptions {
  /** How long a lease is granted, in milliseconds, by the server's clock. */
  readonly ttl: number
  /** The collections that only the holder of a lease may write to, each with the one that keeps its leases. */
  readonly collections: Guarded
}

/** The plugin's half for `createSyncRouter`. */
export interface LeasesOnServer {
  readonly start?: (context: { readonly schema: Schema }) => void
  readonly beforeJudge: (write: ArrivingWrite) => Promise<void>
  readonly beforeApply: (write: FittingWrite) => void
  readonly operations: Readonly<Record<string, LeaseHalves>>
}

/** The dead letters that go with this one, itself included. */
const together = (letters: readonly Operation[], letter: Operation): readonly Operation[] =>
  letters.filter(
    ({ id, transaction }) =>
      id === letter.id || (transaction !== undefined && transaction.id === letter.transaction?.id),
  )

const check = ({ ttl, collections }: SingleWriterOptions): void => {
  const refuse = (option: string, message: string): never => {
    throw new SyncError('MISCONFIGURED', message, { option })
  }
  if (!Number.isSafeInteger(ttl) || ttl <= 0) refuse('ttl', 'ttl must be a positive number of milliseconds.')
  const names = Object.values(collections)
  if (names.length === 0) refuse('collections', 'Name the collections to guard: { reports: "reportLeases" }.')
  if (new Set(names).size < names.length)
    refuse('collections', 'Each guarded collection needs leases of its own.')
}

interface InClient {
  readonly context: PluginContext
  readonly places: LeasePlaces
  readonly reader: LeaseReader
}

/**
 * One editor for each record, all others read. The same for client and server; each client needs its own.
 * @throws SyncError MISCONFIGURED
 */
export const singleWriter = (
  options: SingleWriterOptions,
): Plugin<typeof pluginName, SingleWriterApi, LeasesOnServer> => {
  check(options)
  const { ttl, collections: guarded } = options
  const leaseNames = new Set(Object.values(guarded))
  let inClient: InClient | undefined

  /** With the lease under which it is made. @throws SyncError LEASE_LOST */
  const marked = async <TDraft extends AnswerDraft>(draft: TDraft): Promise<TDraft> => {
    if (inClient === undefined || !Object.hasOwn(guarded, draft.collection)) return draft
    const { places, reader } = inClient
    const place = places.within(draft.scope, draft.collection, draft.recordId)
    const mark = await reader.mark(place)
    if (mark !== undefined) return { ...draft, marks: { ...draft.marks, [pluginName]: { ...mark } } }
    const state = await reader.read(place)
    if (state.kind === 'free' && draft.type === 'create') return draft
    throw lostTo(state)
  }

  return definePlugin({
    name: pluginName,
    setup(context): SingleWriterApi {
      checkSchema(context.schema, guarded)
      const places = createPlaces(context, guarded)
      const requests = createRequests(context, ttl)
      const reader = createLeaseReader(context, requests)
      inClient = { context, places, reader }
      return createApi(context, { places, reader, requests })
    },
    hooks: {
      beforeEnqueue: marked,
      // Whoever answers does so under the lease of that moment, not under that of the disputed write.
      beforeAnswer: marked,
      async onMaintenance() {
        if (inClient === undefined) return
        const { context } = inClient
        const letters = await context.client().deadLetters.list()
        for (const letter of letters)
          if (together(letters, letter).every(({ collection }) => leaseNames.has(collection)))
            await discard(context, letter.id)
      },
    },
    server: {
      start: ({ schema }) => checkSchema(schema, guarded),
      beforeJudge: guard(guarded),
      beforeApply: guardLeases(guarded),
      operations: Object.fromEntries([...leaseNames].map((name) => [name, leaseHalves(ttl)])),
    },
  })
}
