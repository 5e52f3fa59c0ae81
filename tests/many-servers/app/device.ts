import {
  createSyncClient,
  hasCode,
  increment,
  manualConnectivity,
  type Operation,
  type SyncClient,
  type SyncState,
} from '@holdfast/core'
import { protocolVersion } from '@holdfast/core/protocol'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { SeededRandom } from '@holdfast/core/testing'
import { filter, firstValueFrom, map, merge, timeout, type Observable } from 'rxjs'
import { createAsk, type Heard } from './ask.ts'
import { createPlan, type PlanOptions, type Write } from './plan.ts'
import { foreignScopesOf, manySchema, opening, scopesOf, sharedIds, type ManyCollections } from './schema.ts'

export interface DeviceOptions extends Pick<PlanOptions, 'made'> {
  /** Of the device and its user. */
  readonly name: string
  readonly url: string
  readonly storage: StorageAdapter
  readonly random: SeededRandom
  readonly heard: Heard
}

export interface Device extends AsyncDisposable {
  readonly name: string
  /** The operations of the writes whose promise resolved. */
  readonly receipts: readonly string[]
  /** Makes what all devices change. */
  readonly found: () => Promise<void>
  /** Makes so many operations, with and without a network. Ends online. */
  readonly work: (count: number) => Promise<void>
  /** Until everything is decided and here; then it answers what is asked. */
  readonly settle: () => Promise<Answers>
  /** Asks for the scopes of others. */
  readonly tryForeign: () => Promise<void>
  readonly operations: () => Promise<readonly Operation[]>
  /** All that it shows, one text each, sorted. */
  readonly shown: () => Promise<readonly string[]>
}

export interface Answers {
  /** Questions that it answered, or tried to. */
  readonly asked: number
  /** Answers that were not taken. */
  readonly refused: readonly string[]
}

type Client = SyncClient<ManyCollections>
type Names = 'notes' | 'counters' | 'stocks'
type Writers = {
  readonly [TName in Names]: Pick<
    Client['collections'][TName],
    'create' | 'update' | 'delete' | 'run' | 'get'
  >
}

const perform = ({ notes, counters, stocks }: Writers, write: Write) => {
  switch (write.kind) {
    case 'create':
      return notes.create({ id: write.id, place: write.place, title: write.text, text: write.text })
    case 'edit':
      return notes.update(write.id, { [write.field]: write.value })
    case 'delete':
      return notes.delete(write.id)
    case 'count':
      return counters.update(write.id, { count: increment(write.by) })
    case 'take':
      return stocks.run.take(write.id, { amount: write.amount })
  }
}

const isThere = async ({ notes, counters, stocks }: Writers, { kind, id }: Write): Promise<boolean> => {
  switch (kind) {
    case 'create':
      return true
    case 'edit':
    case 'delete':
      return (await notes.get(id)) !== undefined
    case 'count':
      return (await counters.get(id)) !== undefined
    case 'take':
      return (await stocks.get(id)) !== undefined
  }
}

/** What was refused, deleted, or is not here yet, can't be changed. */
const performAll = async (writers: Writers, writes: readonly Write[]): Promise<readonly string[]> => {
  const ids: string[] = []
  for (const write of writes)
    if (await isThere(writers, write)) ids.push((await perform(writers, write)).operationId)
  return ids
}

export const textOfRecord = (collection: string, record: Readonly<Record<string, unknown>>): string =>
  `${collection} ${JSON.stringify(record, Object.keys(record).toSorted())}`

/** Then it waits for the servers: a queue that only grows would make batches that no short-lived server brings to an end. */
const mostUndecided = 60

/** What waits with a question is answered by one transaction, and that has a limit (docs/gaps.md, Operations). */
const mostWaiting = 40

/** When faults stop, and before that, nothing takes as long. */
const longestMs = 60_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

export const openDevice = async (options: DeviceOptions): Promise<Device> => {
  const { name, storage, heard, random, made } = options
  const connectivity = manualConnectivity()
  const ask = createAsk({ ...options, user: name, random: random.fork('ask') })
  const client = await createSyncClient({
    schema: manySchema,
    user: name,
    storage,
    transport: ask,
    scopes: scopesOf(name),
    connectivity,
    retry: { base: 20, cap: 400 },
    pollEvery: 4_000,
    batch: { operations: 40 },
  })
  client.events$.subscribe((event) => {
    if (event.type === 'resetStarted' || event.type === 'forked')
      heard.violations.push(`${name}: ${JSON.stringify(event)}`)
  })
  const blocked$ = client.state$.pipe(
    filter(({ status }) => status === 'blocked'),
    map((state): never => {
      throw new Error(`${name}: ${JSON.stringify(state)}`)
    }),
  )
  const until = async (wanted$: Observable<boolean>): Promise<void> => {
    await firstValueFrom(merge(blocked$, wanted$).pipe(filter(Boolean), timeout(longestMs)))
  }
  await until(client.ready$)
  const plan = createPlan({ device: name, scopes: scopesOf(name), random: random.fork('plan'), made })
  const receipts: string[] = []

  const step = async (): Promise<void> => {
    const { together, writes } = plan()
    const parts = together ? [writes] : writes.map((write) => [write])
    for (const part of parts) {
      try {
        receipts.push(...(await client.transaction(({ collections }) => performAll(collections, part))))
      } catch (error) {
        // It went in between.
        if (!hasCode(error, 'NOT_FOUND')) throw error
      }
    }
  }

  const answer = async (most: number): Promise<Answers> => {
    const open = await client.conflicts.list()
    const asked = open.slice(0, most).map(({ id }) => id)
    const answers = await client.conflicts.resolveMany(asked, random.chance(0.4) ? 'mine' : 'theirs')
    const refused = answers.flatMap(({ conflictId, error }) =>
      error === undefined ? [] : [`${name} can't answer ${conflictId}: ${error.code}, ${error.message}`],
    )
    return { asked: asked.length, refused }
  }

  const settle = async (): Promise<Answers> => {
    await client.syncNow()
    const isSynced = map(({ status }: SyncState) => status === 'synced')
    await until(client.state$.pipe(isSynced))
    return answer(Infinity)
  }

  return {
    name,
    receipts,
    async found() {
      for (const place of scopesOf(name)) {
        await client.transaction(async ({ collections: { notes, counters, stocks } }) => {
          for (const id of sharedIds('notes', place)) await notes.create({ id, place, title: '', text: '' })
          for (const id of sharedIds('counters', place)) await counters.create({ id, place })
          for (const id of sharedIds('stocks', place)) await stocks.create({ id, place, left: opening })
        })
      }
    },
    async work(count) {
      while (receipts.length < count) {
        connectivity.set(random.chance(0.7))
        const phase = random.between(10, 30)
        for (let turn = 0; turn < phase && receipts.length < count; turn += 1) {
          await step()
          await pause(random.next() * 20)
        }
        connectivity.set(true)
        const limit = random.between(0, mostUndecided)
        await until(client.queue$.pipe(map(({ pending, sent }) => pending + sent <= limit)))
        await answer(Infinity)
        while ((await client.operations.list({ status: 'CONFLICT' })).length > mostWaiting) await settle()
      }
    },
    settle,
    async tryForeign() {
      for (const scope of foreignScopesOf(name)) {
        const input = { protocol: protocolVersion, clientId: `${name}-curious`, scope, cursor: '' }
        const answer = await ask
          .pull(input, { signal: new AbortController().signal })
          .catch((error: unknown) => error)
        if (!hasCode(answer, 'FORBIDDEN_OR_MISSING'))
          heard.violations.push(`${name} asked for ${scope}, and was told ${JSON.stringify(answer)}`)
      }
    },
    operations: () => client.operations.list(),
    async shown() {
      const { notes, counters, stocks } = client.collections
      return [
        ...(await notes.find()).map((record) => textOfRecord('notes', record)),
        ...(await counters.find()).map((record) => textOfRecord('counters', record)),
        ...(await stocks.find()).map((record) => textOfRecord('stocks', record)),
      ].toSorted()
    },
    [Symbol.asyncDispose]: client.close,
  }
}
