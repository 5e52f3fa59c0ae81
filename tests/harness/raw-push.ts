import { encodePortable, protocolVersion, type PushInput, type WireOperation } from '@holdfast/core/protocol'
import { trpcTransport, type Transport } from '@holdfast/core/trpc'
import { scope } from './server.ts'
import type { World } from './world.ts'

/** The wire without a client: what a test sends is what goes out. */
export const rawTransport = ({ proxy, server }: World, user: string): Transport => {
  const token = `token of ${user}`
  server.tokens.set(token, { id: user })
  const headers = () => ({ authorization: `Bearer ${token}` })
  return trpcTransport({ url: `${proxy.url}/trpc`, headers, transformer: 'none' })
}

export const createOperation = (id: string, changes: Partial<WireOperation> = {}): WireOperation => ({
  id: `op-${id}`,
  clientSeq: 1,
  collection: 'tasks',
  recordId: id,
  type: 'create',
  payload: encodePortable({ id, title: 'one' }),
  baseVersion: 0,
  timestamp: 1_750_000_000_000,
  opVersion: '1.0.0',
  ...changes,
})

export const pushOf = (
  operations: readonly WireOperation[],
  changes: Partial<PushInput> = {},
): PushInput => ({
  protocol: protocolVersion,
  clientId: 'raw-client',
  instance: { acknowledged: 'i-1', candidate: 'i-1' },
  scope,
  cursor: '',
  batchId: 'batch-1',
  operations,
  ...changes,
})

export const signal: AbortSignal = new AbortController().signal
