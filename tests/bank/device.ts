import { createSyncClient, type SyncClient } from '@holdfast/core'
import type { CommitBatch, StorageAdapter } from '@holdfast/core/storage'
import { trpcTransport } from '@holdfast/core/trpc'
import { filter, firstValueFrom } from 'rxjs'
import { bankSchema, bankScope } from './schema.ts'

/** What a commit does to a generation, by the keys that it writes (docs/decisions/0002). */
export type Step = 'stage' | 'flip' | 'fold' | 'other'

export type Report =
  /** About to be committed. */
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'synced' }
  /** What one look at all accounts found. */
  | { readonly kind: 'sum'; readonly count: number; readonly total: number }

export interface DeviceOptions {
  /** Any storage that other processes or tabs can share. */
  readonly storage: StorageAdapter
  readonly url: string
  /** Tells requests of one start from those of another. */
  readonly asker: string
  readonly report: (report: Report) => void
  /** Told of each commit; may not return. */
  readonly onStep?: (step: Step, when: 'before' | 'after') => void
}

type BankClient = SyncClient<(typeof bankSchema)['collections']>

const user = 'customer'

const stepOf = ({ writes }: CommitBatch): Step => {
  const has = (place: string, isPut: boolean): boolean =>
    writes.some(({ key, value }) => key.startsWith(place) && (value !== undefined) === isPut)
  if (has('staging/', true)) return has('stage/', true) ? 'stage' : has('cursor/', true) ? 'flip' : 'other'
  return has('stage/', false) ? 'fold' : 'other'
}

const watched = (storage: StorageAdapter, { report, onStep }: DeviceOptions): StorageAdapter => ({
  ...storage,
  async open(name) {
    const database = await storage.open(name)
    return {
      ...database,
      async commit(batch) {
        const step = stepOf(batch)
        report({ kind: 'step', step })
        onStep?.(step, 'before')
        const receipt = await database.commit(batch)
        onStep?.(step, 'after')
        return receipt
      },
    }
  },
})

const open = (options: DeviceOptions): Promise<BankClient> => {
  const { storage, url, asker } = options
  return createSyncClient({
    schema: bankSchema,
    user,
    storage: watched(storage, options),
    transport: trpcTransport({ url, path: '', headers: () => ({ 'x-user': user, 'x-asker': asker }) }),
    scopes: [bankScope],
    autoStart: false,
  })
}

/** A device that syncs once, from wherever its storage stands. It may be killed at any moment. */
export const syncOnce = async (options: DeviceOptions): Promise<BankClient> => {
  const client = await open(options)
  client.start()
  const state = await firstValueFrom(
    client.state$.pipe(filter(({ status }) => status === 'synced' || status === 'blocked')),
  )
  if (state.status === 'blocked') throw state.error
  options.report({ kind: 'synced' })
  return client
}

/** Another tab of the device, which never syncs: it tells what it sees, by looking and by following. */
export const lookOn = async (options: DeviceOptions, pause: () => Promise<void>): Promise<never> => {
  const { accounts } = (await open(options)).collections
  const tell = (records: readonly { readonly balance: number }[]): void => {
    const total = records.reduce((sum, { balance }) => sum + balance, 0)
    options.report({ kind: 'sum', count: records.length, total })
  }
  accounts.find$().subscribe(tell)
  for (;;) {
    tell(await accounts.find())
    await pause()
  }
}
