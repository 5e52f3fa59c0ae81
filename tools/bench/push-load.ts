import { protocolVersion, type WireOperation } from '@holdfast/core/protocol'
import { trpcTransport } from '@holdfast/core/trpc'

export const clients = 8
export const pushesPerClient = 30
export const batch = 10

export const pushes: number = clients * pushesPerClient

/** What one client of the load sends, and to which scope. */
export interface LoadClient {
  readonly id: string
  readonly scope: string
}

export const loadClients = (scopeOf: (client: number) => string): readonly LoadClient[] =>
  Array.from({ length: clients }, (_, index) => ({ id: `client-${index}`, scope: scopeOf(index) }))

const signal = new AbortController().signal

const operationOf = (id: string, clientSeq: number): WireOperation => ({
  id: `${id}-op-${clientSeq}`,
  clientSeq,
  collection: 'notes',
  recordId: `${id}-${clientSeq}`,
  type: 'create',
  payload: JSON.stringify({ id: `${id}-${clientSeq}`, title: `Note ${clientSeq} of ${id}` }),
  baseVersion: 0,
  timestamp: Date.now(),
  opVersion: '1.0.0',
})

/** Every client sends its batches one after the other; all clients at once. */
export const sendLoad = async (url: string, load: readonly LoadClient[]): Promise<void> => {
  const send = async ({ id, scope }: LoadClient): Promise<void> => {
    const transport = trpcTransport({ url, path: '' })
    let cursor = ''
    for (let push = 0; push < pushesPerClient; push += 1) {
      const operations = Array.from({ length: batch }, (_, index) =>
        operationOf(id, push * batch + index + 1),
      )
      const instance = { acknowledged: id, candidate: id }
      const { results, page } = await transport.push(
        { protocol: protocolVersion, clientId: id, instance, scope, cursor, batchId: 'batch', operations },
        { signal },
      )
      const failed = results.find(({ kind }) => kind !== 'applied')
      if (failed !== undefined) throw new Error(`A push was answered with ${JSON.stringify(failed)}`)
      cursor = page.cursor
    }
  }
  await Promise.all(load.map(send))
}
