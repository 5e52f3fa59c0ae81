import { copyFileSync, existsSync } from 'node:fs'
import { SyncError, type Operation, type ResetReason, type SyncState } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import {
  copyMemoryServerState,
  createMemoryServerState,
  memoryServerStore,
  type MemoryServerState,
} from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { prune } from '../../packages/core/test/recovery/world.ts'
import { openClient, type TestClient } from '../../packages/core/test/support/client.ts'
import { dyingStorage, type Death } from '../../packages/core/test/support/dying-storage.ts'
import { localServer, scope } from '../../packages/core/test/support/transports.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder, type Folder } from '../harness/folder.ts'

type Server = ReturnType<typeof localServer>

interface Rights {
  revoked: boolean
}

const serverOn = (state: MemoryServerState, rights: Rights): Server =>
  localServer({
    store: memoryServerStore({ state }),
    limits: { page: 3, maxPage: 3 },
    revocation: 'remove',
    scopes: ({ user }) => (rights.revoked && user.id === 'u-1' ? [] : [scope]),
    authorize: ({ after }) => !JSON.stringify(after ?? null).includes('refused'),
  })

const run = async ({ client, environment }: TestClient): Promise<SyncState> => {
  client.start()
  for (let tries = 0; ; tries += 1) {
    const state = await client.syncNow()
    if (state.status === 'synced' || state.status === 'blocked' || tries === 20) {
      client.pause()
      return state
    }
    if (state.status === 'waiting') environment.advance(state.retryAt - environment.clock.now())
    if (state.status === 'attention') await client.confirm()
  }
}

const unreachable = (): SyncError => new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})

/** The next push takes effect or not, and is not answered. */
const cut = async (device: TestClient, effect: 'applied' | 'lost'): Promise<void> => {
  device.transport.once('push', (real) => async (input, options) => {
    if (effect === 'applied') await real(input, options)
    throw unreachable()
  })
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
}

interface Prepared {
  readonly file: string
  readonly state: MemoryServerState
  readonly rights: Rights
  /** Every operation that the device made. */
  readonly made: readonly string[]
}

/** A device on a SQLite file, with an operation in each state that there is, whose next contact is a reset. */
const prepare = async (folder: Folder, reason: ResetReason): Promise<Prepared> => {
  const state = createMemoryServerState()
  const rights: Rights = { revoked: false }
  const server = serverOn(state, rights)
  const other = await openClient({ transport: server('u-2'), user: 'u-2' })
  const theirs = other.client.collections.tasks
  for (const id of ['a', 'b', 'c', 'd', 'asked', 'gone', 'disputed']) await theirs.create({ id, title: id })
  await run(other)
  const file = folder.path(`${reason}.db`)
  const device = await openClient({
    storage: sqliteStorage({ filename: file, durability: 'normal' }),
    transport: server('u-1'),
  })
  const { tasks } = device.client.collections
  const made: string[] = []
  const did = async (write: Promise<{ readonly operationId: string }>): Promise<void> => {
    made.push((await write).operationId)
  }
  await run(device)
  for (const id of ['asked', 'disputed']) await theirs.update(id, { title: 'theirs' })
  await run(other)
  const backup = copyMemoryServerState(state)
  await did(tasks.update('d', { title: 'applied' }))
  for (const id of ['asked', 'disputed']) await did(tasks.update(id, { title: 'mine' }))
  await did(tasks.update('b', { title: 'refused' }))
  await run(device)
  await did(tasks.update('a', { title: 'unheard' }))
  await cut(device, 'applied')
  await did(tasks.update('c', { title: 'sent' }))
  await cut(device, 'lost')
  await did(tasks.create({ id: 'new', title: 'new' }))
  await did(tasks.update('gone', { title: 'mine' }))
  for (const { operationId } of await device.client.transaction(async ({ collections }) => [
    await collections.tasks.update('b', { text: 'both' }),
    await collections.tasks.create({ id: 'second', title: 'both' }),
  ]))
    made.push(operationId)
  await device.client.close()
  for (const id of ['gone', 'disputed']) await theirs.delete(id)
  await run(other)
  await other.client.close()
  if (reason === 'offline_too_long') await prune(state, 31)
  if (reason === 'revoked') rights.revoked = true
  if (reason !== 'epoch_changed') return { file, state, rights, made }
  return { file, state: backup, rights, made }
}

/** Files of their own for one life of the device. */
const copyOf = ({ file }: Prepared, to: string): void => {
  for (const suffix of ['', '-wal'])
    if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${to}${suffix}`)
}

const isTold = ({ fate }: Operation): boolean =>
  ['applied', 'conflict', 'rejected', 'aborted', 'superseded'].includes(fate.kind)

interface Ended {
  readonly calls: number
  readonly operations: number
  readonly kept: number
  readonly restored: number
}

/** The process dies at one call of its storage; the next one goes on. */
const live = async (
  folder: Folder,
  prepared: Prepared,
  name: string,
  death: Death | undefined,
): Promise<Ended> => {
  const file = folder.path(`${name}.db`)
  copyOf(prepared, file)
  const state = copyMemoryServerState(prepared.state)
  const server = serverOn(state, prepared.rights)
  const storage: StorageAdapter = sqliteStorage({ filename: file, durability: 'normal' })
  const dying = dyingStorage(storage)
  const limits = { page: 3 }
  // A process that died is closed by nobody.
  const doomed = await openClient({ storage: dying.storage, limits, transport: server('u-1') })
  const made = [...prepared.made]
  dying.arm(death)
  const over = run(doomed)
  const writing = (async () => {
    for (let count = 0; count < 4; count += 1) {
      made.push((await doomed.client.collections.tasks.create({ id: `w-${count}`, title: 'w' })).operationId)
      for (let turn = 0; turn < 25; turn += 1) await Promise.resolve()
    }
  })()
  await (death === undefined
    ? Promise.all([over, writing])
    : Promise.race([dying.died, Promise.all([over, writing])]))
  const calls = dying.calls()

  const next = await openClient({ storage, limits, transport: server('u-1') })
  const { client } = next
  made.push((await client.collections.tasks.create({ id: 'later', title: 'later' })).operationId)
  const end = await run(next)
  const isRevoked = prepared.rights.revoked
  expect(end.status).toBe(isRevoked ? 'blocked' : 'synced')
  const [backup, ...more] = await client.backups.list()
  expect(more).toEqual([])
  const text = await client.backups.export(backup?.id ?? '')
  const { operations } = JSON.parse(text) as { readonly operations: readonly Operation[] }
  const kept = new Set(operations.map(({ id }) => id))
  for (const id of made) {
    const operation = await client.operations.get(id)
    // What was written once the scope was gone waits for its return.
    const waits = isRevoked && operation?.status === 'PENDING' && !prepared.made.includes(id)
    expect({ id, is: waits || kept.has(id) || (operation !== undefined && isTold(operation)) }).toEqual({
      id,
      is: true,
    })
  }
  if (!isRevoked) {
    const living = [...(state.scopes.get(scope)?.records.values() ?? [])].filter(({ deleted }) => !deleted)
    const shown = await client.collections.tasks.find()
    const disputed = new Set((await client.conflicts.list()).map(({ recordId }) => recordId))
    const undisputed = (ids: readonly string[]) => ids.filter((id) => !disputed.has(id)).toSorted()
    expect(undisputed(shown.map(({ id }) => id))).toEqual(undisputed(living.map(({ id }) => id)))
  }
  await client.close()

  const empty = await openClient({
    storage: memoryStorage(),
    transport: serverOn(state, { revoked: false })('u-1'),
  })
  await run(empty)
  const restored = await empty.client.backups.restore(text)
  expect(restored.queued + restored.deadLetters).toBe(operations.length)
  expect((await run(empty)).status).toBe('synced')
  for (const { id } of operations) {
    const operation =
      (await empty.client.operations.get(id)) ?? (await empty.client.operations.get(`${id}-r`))
    expect({ id, isTold: operation !== undefined && isTold(operation) }).toEqual({ id, isTold: true })
  }
  // An applied update took effect once at most, however often it was asked for.
  const changesOf = (id: string): number => {
    const row = [...(state.scopes.get(scope)?.records.values() ?? [])].find((one) => one.id === id)
    // What is made after something was forgotten does not begin at 1 (RT10).
    return row === undefined ? 0 : row.version - (row.fieldVersions['id']?.version ?? 0) + 1
  }
  expect(changesOf('a')).toBeLessThanOrEqual(2)
  expect(changesOf('new')).toBeLessThanOrEqual(1)
  await empty.client.close()
  return { calls, operations: made.length, kept: kept.size, restored: restored.queued }
}

test.each(['offline_too_long', 'epoch_changed', 'revoked'] as const)(
  '[RC08] [RC18] [RC23] [BK1] [BK4] reset %s: the process dies at each call of its storage, and the app writes',
  async (reason) => {
    using folder = temporaryFolder()
    const prepared = await prepare(folder, reason)
    const whole = await live(folder, prepared, `${reason}-0`, undefined)
    expect(whole.calls).toBeGreaterThan(15)
    let deaths = 0
    let operations = 0
    let restored = 0
    for (let call = 1; call <= whole.calls; call += 1)
      // Before one call is after the last one, but for what was asked of the server in between.
      for (const side of call % 3 === 0 ? (['before', 'after'] as const) : (['before'] as const)) {
        const ended = await live(folder, prepared, `${reason}-${call}-${side}`, { call, side })
        deaths += 1
        operations += ended.operations
        restored += ended.restored
      }
    figure(
      `${reason}: killed ${deaths} times at ${whole.calls} calls, ${operations} operations told of or in the backup, ` +
        `${whole.kept} in each backup, ${restored} queued again in empty stores`,
    )
  },
  240_000,
)
