import {
  add,
  byPath,
  collection,
  counter,
  createSyncClient,
  defineSchema,
  fieldMerge,
  increment,
  lastWriteWins,
  manual,
  optimisticVersion,
  orSet,
  registerMap,
  remove,
  serverWins,
  setKeys,
  type ConflictStrategy,
  type DeletePolicy,
  type Operation,
  type Plugin,
  type SyncClient,
} from '@holdfast/core'
import { compaction, type CompactionApi, type CompactionOptions } from '@holdfast/plugins/compaction'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { testEnvironment } from '../../../server/test/support/world.ts'

const fields = z.object({
  id: z.string(),
  title: z.string().max(65_536).default(''),
  text: z.string().default(''),
  done: z.boolean().default(false),
  note: z.string().optional(),
})

const operations = {
  append: {
    input: z.object({ word: z.string().max(65_536) }),
    apply: (record: z.output<typeof fields>, { word }: { readonly word: string }) => ({
      ...record,
      text: `${record.text}${word}`,
    }),
    compose: (first: { readonly word: string }, second: { readonly word: string }) => ({
      word: `${first.word}${second.word}`,
    }),
  },
  mark: {
    input: z.object({ word: z.string() }),
    apply: (record: z.output<typeof fields>, { word }: { readonly word: string }) => ({
      ...record,
      note: word,
    }),
    compose: (first: { readonly word: string }, second: { readonly word: string }) => ({
      word: `${first.word}${second.word}`,
    }),
  },
  shout: {
    input: z.object({}),
    apply: (record: z.output<typeof fields>) => ({ ...record, title: `${record.title.toUpperCase()}!` }),
  },
}

const typedFields = fields.extend({
  votes: counter(),
  tags: orSet(z.string()),
  settings: registerMap(z.string()),
  form: byPath(z.record(z.string(), z.record(z.string(), z.string())), {}),
})

const under = (conflict: ConflictStrategy, deletes?: DeletePolicy) =>
  collection({ fields, conflict, operations, ...(deletes === undefined ? {} : { deletes }) })

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    lastWriteWins: under(lastWriteWins()),
    serverWins: under(serverWins()),
    fieldMerge: under(
      fieldMerge({ onOverlap: 'ask', fields: { done: lastWriteWins(), note: serverWins() } }),
    ),
    manual: under(manual(), 'ask'),
    optimisticVersion: under(optimisticVersion()),
    retry: under(optimisticVersion({ onConflict: 'retry' })),
    reject: under(optimisticVersion({ onConflict: 'reject' })),
    deleteWins: under(lastWriteWins(), 'deleteWins'),
    typed: collection({ fields: typedFields, conflict: lastWriteWins(), operations }),
    typedAsOne: collection({ fields: typedFields, conflict: optimisticVersion(), operations }),
  },
})
export type Collections = (typeof schema)['collections']
export type Subject = keyof Collections
export const subjects = Object.keys(schema.collections) as readonly Subject[]

/** One thing that a device does to a record. */
export type Deed =
  | { readonly kind: 'create' }
  | { readonly kind: 'update'; readonly fields: readonly ('title' | 'text' | 'done' | 'note')[] }
  | {
      readonly kind: 'typed'
      readonly field: 'votes' | 'tags' | 'untag' | 'settings' | 'form'
      readonly member: number
    }
  | { readonly kind: 'append' }
  | { readonly kind: 'shout' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'transaction' }

export interface Step {
  readonly who: 'mine' | 'theirs'
  readonly record: number
  readonly deed: Deed
  /** Milliseconds since the step before. */
  readonly ms: number
}

export type Client = SyncClient<Collections, readonly Plugin<'compaction', CompactionApi>[]>

export interface CompactionDevice extends AsyncDisposable {
  readonly client: Client
  readonly sync: () => Promise<unknown>
  readonly do: (subject: Subject, record: number, deed: Deed, value: string) => Promise<void>
}

export interface CompactionWorld extends AsyncDisposable {
  readonly mine: CompactionDevice
  readonly theirs: CompactionDevice
  /** Time passes for all. */
  readonly pass: (ms: number) => void
  readonly rows: (subject: Subject) => Promise<readonly unknown[]>
}

const names = ['a', 'b', 'c']

const patchOf = (chosen: readonly string[], value: string): Record<string, unknown> =>
  Object.fromEntries(
    chosen.map((field) => [field, field === 'done' ? value.length % 2 === 0 : `${field} ${value}`]),
  )

const typedPatch = (
  deed: Extract<Deed, { readonly kind: 'typed' }>,
  value: string,
): Record<string, unknown> => {
  const member = names[deed.member % names.length] ?? ''
  switch (deed.field) {
    case 'votes':
      return { votes: increment(deed.member - 1) }
    case 'tags':
      return { tags: add(member) }
    case 'untag':
      return { tags: remove(member) }
    case 'settings':
      return { settings: setKeys({ [member]: deed.member > 3 ? undefined : value }) }
    case 'form':
      return { form: { [member]: { [names[(deed.member + 1) % 3] ?? '']: value } } }
  }
}

const doIt = async (
  client: Client,
  subject: Subject,
  id: string,
  deed: Deed,
  value: string,
): Promise<void> => {
  // Each subject has the same fields, as far as they are used.
  const records = client.collections[subject] as Client['collections']['lastWriteWins']
  switch (deed.kind) {
    case 'create':
      await records.create({ id, title: `made ${value}` })
      return
    case 'update':
      await records.update(id, patchOf(deed.fields, value))
      return
    case 'typed':
      await records.update(
        id,
        subject === 'typed' || subject === 'typedAsOne' ? typedPatch(deed, value) : patchOf(['text'], value),
      )
      return
    case 'append':
      await records.run.append(id, { word: `${value} ` })
      return
    case 'shout':
      await records.run.shout(id, {})
      return
    case 'delete':
      await records.delete(id)
      return
    case 'transaction':
      await client.transaction(async ({ collections }) => {
        const inside = collections[subject] as typeof collections.lastWriteWins
        await inside.update(id, { title: `together ${value}` })
        await inside.update(id, { text: `together ${value}` })
      })
  }
}

/** Two devices and a server in memory; the devices are offline but for `sync`. */
export const openCompactionWorld = async (
  options: CompactionOptions | undefined,
): Promise<CompactionWorld> => {
  const store = memoryServerStore()
  const time = testEnvironment()
  const server = localServer({ schema, store, environment: time })
  let now = 1_750_000_000_000
  const environments: ReturnType<typeof manualEnvironment>[] = []

  const open = async (name: string): Promise<CompactionDevice> => {
    const environment = manualEnvironment(now)
    environments.push(environment)
    const client = await createSyncClient({
      schema,
      user: name,
      storage: memoryStorage(),
      transport: server(name),
      scopes: [scope],
      plugins: options === undefined || name === 'theirs' ? [] : [compaction(options)],
      autoStart: false,
      environment,
    })
    return {
      client: client as unknown as Client,
      async sync() {
        client.start()
        for (;;) {
          const state = await client.syncNow()
          if (state.status !== 'waiting') break
          environment.advance(60_000)
        }
        client.pause()
      },
      async do(subject, record, deed, value) {
        try {
          await doIt(client, subject, `r${record}`, deed, value)
        } catch {
          // What makes no sense now (a second creation, a deleted record) is refused, and nothing is written.
        }
      },
      [Symbol.asyncDispose]: () => client.close(),
    }
  }
  const [theirs, mine] = [await open('theirs'), await open('mine')]
  return {
    mine,
    theirs,
    pass(ms) {
      now += ms
      time.at(now)
      for (const environment of environments) environment.advance(ms)
    },
    async rows(subject) {
      const rows = await store.read(scope, (tx) =>
        tx.records([0, 1, 2, 3].map((record) => ({ collection: subject, id: `r${record}` }))),
      )
      // What was made and deleted by one device leaves a mark, or nothing.
      const live = rows.filter(({ deleted }) => !deleted)
      return live.map(({ id, data }) => ({ id, data: visible(data) })).toSorted(byId)
    },
    async [Symbol.asyncDispose]() {
      await mine[Symbol.asyncDispose]()
      await theirs[Symbol.asyncDispose]()
    },
  }
}

const visible = (data: Readonly<Record<string, unknown>>): unknown =>
  Object.fromEntries(Object.entries(data).filter(([field]) => !field.endsWith('$')))

const byId = (left: { readonly id: string }, right: { readonly id: string }): number =>
  left.id < right.id ? -1 : 1

export const undecided = (operations: readonly Operation[]): readonly Operation[] =>
  operations.filter(({ status }) => status === 'PENDING' || status === 'SENT')
