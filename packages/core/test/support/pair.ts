import type { OpenConflict, SyncClientOptions } from '@holdfast/core'
import { openClient, sync, type TestClient } from './client.ts'
import type { Collections } from './schema.ts'
import { localServer } from './transports.ts'
import { untilStatus } from './until.ts'

export interface Pair extends AsyncDisposable {
  readonly mine: TestClient
  readonly theirs: TestClient
  /** They sync, then I do; resolves once both stand still. */
  readonly meet: () => Promise<void>
  readonly conflict: () => Promise<OpenConflict>
}

type Name = keyof Collections

export interface PairOptions extends Partial<SyncClientOptions<Collections>> {
  /** What is there. Default: `r`. */
  readonly ids?: readonly string[]
  readonly server?: ReturnType<typeof localServer>
}

/** Two users who share records that both have seen, and who are offline. */
export const openPair = async (
  collection: Name = 'asked',
  { ids = ['r'], server = localServer(), ...options }: PairOptions = {},
): Promise<Pair> => {
  const mine = await openClient({ ...options, user: 'me', transport: server('me') })
  const theirs = await openClient({ user: 'they', transport: server('they') })
  for (const id of ids) await theirs.client.collections[collection].create({ id, title: 'old', text: 'old' })
  const meet = async (): Promise<void> => {
    for (const device of [theirs, mine]) {
      await sync(device)
      await untilStatus(device.client, 'synced')
      device.client.pause()
    }
  }
  await meet()
  return {
    mine,
    theirs,
    meet,
    async conflict() {
      const [open, ...others] = await mine.client.conflicts.list()
      if (open === undefined || others.length > 0) throw new Error(`There are ${others.length} conflicts.`)
      return open
    },
    async [Symbol.asyncDispose]() {
      await mine.client.close()
      await theirs.client.close()
    },
  }
}
