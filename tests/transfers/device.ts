import { createSyncClient, manualConnectivity, type Fate } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { filter, firstValueFrom } from 'rxjs'
import { accountIds, bankScope, opening, transferSchema } from './schema.ts'

export interface DeviceOptions {
  readonly name: string
  readonly filename: string
  readonly url: string
  readonly accounts: number
  readonly random: SeededRandom
}

/** Both sides of one transfer, as they ended. */
export interface Transfer {
  readonly out: Side
  readonly into: Side
}

export interface Side {
  readonly id: string
  /** How often the app's ledger should name it, once it is applied. */
  readonly entries: number
  readonly fate: Fate
}

type Made = Omit<Side, 'fate'>

export interface Device extends AsyncDisposable {
  /** Makes so many transfers, in phases with and without a network. Ends online. */
  readonly transfer: (count: number) => Promise<void>
  /** Until everything is decided and the device stands at the server's head. */
  readonly settle: () => Promise<void>
  readonly transfers: () => Promise<readonly Transfer[]>
  readonly balances: () => Promise<readonly (readonly [string, number])[]>
  /** How often all accounts were shown, and what was wrong with the sum. */
  readonly seen: { shown: number; readonly wrong: string[]; lowest: number }
}

/** A teller with a device of its own: moves money between any two accounts, some of it that is not there. */
export const openDevice = async (options: DeviceOptions): Promise<Device> => {
  const { name, filename, url, accounts: count, random } = options
  const connectivity = manualConnectivity()
  const client = await createSyncClient({
    schema: transferSchema,
    user: name,
    storage: sqliteStorage({ filename, durability: 'normal' }),
    transport: trpcTransport({ url, path: '', headers: () => ({ authorization: name }) }),
    scopes: [bankScope],
    connectivity,
    retry: { base: 50, cap: 500 },
    pollEvery: 1_000,
  })
  const { accounts } = client.collections
  const ids = accountIds(count)
  const total = count * opening
  const made: { readonly out: Made; readonly into: Made }[] = []

  const seen: Device['seen'] = { shown: 0, wrong: [], lowest: opening }
  const look = (shown: readonly { readonly balance: number }[]): void => {
    if (shown.length === 0 && seen.shown === 0) return
    seen.shown += 1
    const sum = shown.reduce((all, { balance }) => all + balance, 0)
    for (const { balance } of shown) seen.lowest = Math.min(seen.lowest, balance)
    if (shown.length !== count || sum !== total) seen.wrong.push(`${shown.length} accounts, ${sum} in all`)
  }
  const watching = accounts.find$().subscribe(look)
  await firstValueFrom(client.ready$.pipe(filter(Boolean)))

  const moveMoney = async (): Promise<void> => {
    const from = random.pick(ids)
    const to = random.pick(ids.filter((id) => id !== from))
    // Most of them look whether there is enough, on what this device knows.
    const balance = (await accounts.get(from))?.balance ?? 0
    const most = random.chance(0.85) ? balance : 3 * opening
    const amount = random.between(1, Math.max(1, Math.min(most, opening)))
    const byOneHalf = random.chance(0.5)
    const [out, into] = await client.transaction(async (tx) => {
      const { run } = tx.collections.accounts
      return byOneHalf
        ? [await run.transfer(from, { to, amount }), await run.receive(to, { amount })]
        : [await run.debit(from, { amount }), await run.credit(to, { amount })]
    })
    if (out === undefined || into === undefined) throw new Error('A transfer has two sides.')
    made.push({
      out: { id: out.operationId, entries: byOneHalf ? 2 : 1 },
      into: { id: into.operationId, entries: byOneHalf ? 0 : 1 },
    })
    look(await accounts.find())
  }

  const endOf = async (side: Made): Promise<Side> => {
    const operation = await client.operations.get(side.id)
    if (operation === undefined) throw new Error(`${name} forgot ${side.id}.`)
    return { ...side, fate: operation.fate }
  }

  /** A turn of the loop, so that requests and answers come in between. */
  const turn = (): Promise<void> => new Promise((done) => void setImmediate(done))

  return {
    seen,
    async transfer(wanted) {
      while (made.length < wanted) {
        connectivity.set(random.chance(0.4))
        const phase = Math.min(wanted - made.length, random.between(3, 25))
        for (let one = 0; one < phase; one += 1) {
          await moveMoney()
          await turn()
        }
        connectivity.set(true)
        // Not all of it: what comes next is made while answers are on their way.
        const limit = random.between(0, 60)
        await firstValueFrom(client.queue$.pipe(filter(({ pending, sent }) => pending + sent <= limit)))
      }
    },
    async settle() {
      connectivity.set(true)
      for (;;) {
        const { status } = await client.syncNow()
        const { pending, sent } = await firstValueFrom(client.queue$)
        if (status === 'blocked') throw new Error(`${name} is blocked.`)
        if (status === 'synced' && pending + sent === 0) return
        await firstValueFrom(client.state$.pipe(filter((state) => state.status !== 'waiting')))
      }
    },
    async transfers() {
      const ended: Transfer[] = []
      for (const { out, into } of made) ended.push({ out: await endOf(out), into: await endOf(into) })
      return ended
    },
    async balances() {
      const shown = await accounts.find({ orderBy: { id: 'asc' } })
      return shown.map(({ id, balance }) => [id, balance] as const)
    },
    async [Symbol.asyncDispose]() {
      watching.unsubscribe()
      await client.close()
    },
  }
}
