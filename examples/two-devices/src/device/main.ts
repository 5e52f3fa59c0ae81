import { createSyncClient, manualConnectivity } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { firstValueFrom } from 'rxjs'
import { answer } from '../ipc/answer.ts'
import { readOptions } from '../ipc/read-options.ts'
import { schema } from '../schema.ts'
import { deviceOptions, type DeviceCalls } from './calls.ts'
import { createListener } from './listener.ts'

/** One device: an app with a local database, in a process of its own. */
const { user, token, scope, url, filename, online } = readOptions(deviceOptions)
const connectivity = manualConnectivity(online)
const listener = createListener()

const client = await createSyncClient({
  schema,
  user,
  storage: sqliteStorage({ filename }),
  transport: trpcTransport({
    url,
    transformer: 'none',
    headers: () => ({ authorization: `Bearer ${token}` }),
  }),
  scopes: [scope],
  connectivity,
  plugins: [listener.plugin],
})
const { tasks } = client.collections

const calls: DeviceCalls = {
  create: async (task) => (await tasks.create(task)).operationId,
  update: async ({ id, patch }) => (await tasks.update(id, patch)).operationId,
  remove: async (id) => (await tasks.delete(id)).operationId,
  async resolve({ conflictId, patch }) {
    const receipt = await client.conflicts.resolve(conflictId, { patch })
    if (receipt === undefined) throw new Error('The answer changed nothing.')
    return receipt.operationId
  },
  async setOnline(value) {
    connectivity.set(value)
  },
  async sync() {
    const state = await client.syncNow()
    const reason = 'error' in state ? `${state.error.code}: ${state.error.message}` : undefined
    return { status: state.status, reason, verdicts: listener.take() }
  },
  async view() {
    return {
      tasks: await tasks.find({ orderBy: { id: 'asc' } }),
      queue: await firstValueFrom(client.queue$),
      conflicts: await client.conflicts.list(),
      operations: await client.operations.list(),
    }
  },
}

answer(calls)
