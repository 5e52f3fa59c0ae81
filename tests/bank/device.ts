import { createSyncClient, type SyncClient } from '@holdfast/core'
import type { CommitBatch, StorageAdapter } from '@holdfast/core/storage'
import { trpcTransport } from '@holdfast/core/trpc'
import { filter, firstValueFrom } from 'rxjs'
import { digestOf } from './digest.ts'
import { bankSchema, bankScope } from './schema.ts'

/** What a commit does to a generation, by the keys that it writes (docs/decisions/0002). */
export type Step = 'stage' | 'flip' | 'fold' | 'other'

/** Where a device stops for ever, so that it is killed there: next to a commit that is too short to be hit from outside. */
export type Halt = `${Step} ${'before' | 'after'}`

export type Task =
  /** Syncs once, from wherever the storage stands. */
  | { readonly kind: 'sync'; readonly page: number; readonly haltAt?: Halt | undefined }
  /** Syncs once, and tells the digest of all accounts. */
  | { readonly kind: 'digest' }
  /** Another tab of the device, which never syncs: it tells what it sees, by looking and by following. */
  | { readonly kind: 'look' }

/** What one look at all accounts found. */
export interface Sight {
  readonly kind: 'sight'
  readonly count: number
  readonly total: number
}

export type Report =
  /** About to be committed. */
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'halted' }
  | { readonly kind: 'synced' }
  | Sight
  | { readonly kind: 'digest'; readonly digest: string }

export interface DeviceOptions {
  /** Any storage that other processes or tabs can share. */
  readonly storage: StorageAdapter
  readonly url: string
  /** Tells requests of one start from those of another. */
  readonly asker: string
  readonly report: (report: Report) => void
}

type BankClient = SyncClient<(typeof bankSchema)['collections']>

const user = 'customer'

const stepOf = ({ writes }: CommitBatch): Step => {
  const has = (place: string, isPut: boolean): boolean =>
    writes.some(({ key, value }) => key.startsWith(place) && (value !== undefined) === isPut)
  if (has('staging/', true)) return has('stage/', true) ? 'stage' : has('cursor/', true) ? 'flip' : 'other'
  return has('stage/', false) ? 'fold' : 'other'
}

const forever = new Promise<never>(() => undefined)

const watched = ({ storage, report }: DeviceOptions, haltAt: Halt | undefined): StorageAdapter => ({
  ...storage,
  async open(name) {
    const database = await storage.open(name)
    const pass = async (place: Halt): Promise<void> => {
      if (place !== haltAt) return
      report({ kind: 'halted' })
      await forever
    }
    return {
      ...database,
      async commit(batch) {
        const step = stepOf(batch)
        report({ kind: 'step', step })
        await pass(`${step} before`)
        const receipt = await database.commit(batch)
        await pass(`${step} after`)
        return receipt
      },
    }
  },
})

interface Start {
  readonly page?: number | undefined
  readonly haltAt?: Halt | undefined
}

const open = (options: DeviceOptions, { page, haltAt }: Start = {}): Promise<BankClient> => {
  const { url, asker } = options
  return createSyncClient({
    schema: bankSchema,
    user,
    storage: watched(options, haltAt),
    transport: trpcTransport({ url, path: '', headers: () => ({ 'x-user': user, 'x-asker': asker }) }),
    scopes: [bankScope],
    limits: page === undefined ? {} : { page },
    autoStart: false,
  })
}

const syncOnce = async (options: DeviceOptions, start?: Start): Promise<BankClient> => {
  const client = await open(options, start)
  client.start()
  const state = await firstValueFrom(
    client.state$.pipe(filter(({ status }) => status === 'synced' || status === 'blocked')),
  )
  if (state.status === 'blocked') throw state.error
  options.report({ kind: 'synced' })
  return client
}

const shortestPause = 50

const lookOn = async (options: DeviceOptions): Promise<never> => {
  const { accounts } = (await open(options)).collections
  const tell = (records: readonly { readonly balance: number }[]): void => {
    const total = records.reduce((sum, { balance }) => sum + balance, 0)
    options.report({ kind: 'sight', count: records.length, total })
  }
  accounts.find$().subscribe(tell)
  for (;;) {
    const start = performance.now()
    tell(await accounts.find())
    // In proportion to what it took, so that most of the processor is left to the one that is looked at.
    const pause = Math.max(shortestPause, 3 * (performance.now() - start))
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** The device, wherever it runs. It may be killed at any moment. */
export const runTask = async (task: Task, options: DeviceOptions): Promise<void> => {
  if (task.kind === 'look') await lookOn(options)
  const client = await syncOnce(options, task.kind === 'sync' ? task : {})
  if (task.kind === 'digest') {
    const accounts = await client.collections.accounts.find()
    const digest = await digestOf(accounts.map(({ id, balance }) => [id, balance]))
    options.report({ kind: 'digest', digest })
  }
  await client.close()
}
