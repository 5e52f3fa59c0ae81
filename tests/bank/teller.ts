import { encodePortable, protocolVersion, type WireOperation } from '@holdfast/core/protocol'
import { trpcTransport } from '@holdfast/core/trpc'
import { accountId, bankScope } from './schema.ts'

export interface Teller {
  /** Ends after the transfer under way; resolves to the number of transfers. */
  readonly stop: () => Promise<number>
}

export interface TellerOptions {
  readonly url: string
  readonly name: string
  readonly accounts: number
  /** In [0, 1). */
  readonly random: () => number
}

const pause = 25

/** Moves money between accounts by push, again and again: both bookings of a transfer are one batch, one transaction. */
export const startTeller = ({ url, name, accounts, random }: TellerOptions): Teller => {
  const transport = trpcTransport({ url, path: '', headers: () => ({ 'x-user': name, 'x-asker': name }) })
  const { signal } = new AbortController()
  let clientSeq = 0
  let stopped = false

  const book = (account: number, amount: number): WireOperation => {
    clientSeq += 1
    return {
      id: `${name}-${clientSeq}`,
      clientSeq,
      collection: 'accounts',
      recordId: accountId(account),
      type: 'book',
      payload: encodePortable({ amount }),
      baseVersion: 1,
      timestamp: 1_750_000_000_000 + clientSeq,
      opVersion: '1.0.0',
    }
  }

  const transfer = async (batch: number): Promise<void> => {
    const from = Math.floor(random() * accounts)
    const to = (from + 1 + Math.floor(random() * (accounts - 1))) % accounts
    const amount = 1 + Math.floor(random() * 50)
    const { results } = await transport.push(
      {
        protocol: protocolVersion,
        clientId: name,
        instance: { acknowledged: name, candidate: name },
        scope: bankScope,
        cursor: '',
        batchId: `${name}-${batch}`,
        operations: [book(from, -amount), book(to, amount)],
      },
      { signal },
    )
    const booked = results.every(({ kind }) => kind === 'applied' || kind === 'merged')
    if (!booked) throw new Error(`A transfer was not booked: ${JSON.stringify(results)}`)
  }

  const work = async (): Promise<number> => {
    for (let transfers = 0; ; transfers += 1) {
      if (stopped) return transfers
      await transfer(transfers)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  const working = work()
  return {
    stop() {
      stopped = true
      return working
    },
  }
}
