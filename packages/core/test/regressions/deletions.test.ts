import { describe, expect, test } from 'vitest'
import {
  SyncError,
  collection,
  fieldMerge,
  lastWriteWins,
  manual,
  optimisticVersion,
  serverWins,
  type ConflictStrategy,
  type DeletePolicy,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { encodePortable } from '../../src/base/codec.ts'
import { decide } from '../../src/model/decide.ts'
import type { ServerRow } from '../../src/model/record.ts'
import { openClient, sync } from '../support/client.ts'
import { failing, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})

test.each(['locked', 'mourned'] as const)(
  '%s: an edit over a deletion that my own edit hides is a question, not a dead letter',
  async (name) => {
    const server = localServer()
    const storage = memoryStorage()
    await using theirs = await openClient({ user: 'they', transport: server('they') })
    await theirs.client.collections[name].create({ id: 'r', title: 'old' })
    await sync(theirs)
    const before = await openClient({ storage, user: 'me', transport: server('me') })
    await sync(before)
    before.client.pause()
    await before.client.collections[name].update('r', { title: 'mine' })
    await before.client.close()
    await theirs.client.collections[name].delete('r')
    await sync(theirs)

    await using mine = await openClient({ storage, user: 'me', transport: server('me') })
    const { client, transport } = mine
    transport.once('push', failing(unreachable))
    client.start()
    await untilStatus(client, 'waiting')
    client.pause()
    expect(await client.collections[name].get('r')).toMatchObject({ title: 'mine' })
    await client.collections[name].update('r', { done: true })
    expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 1, deadLetters: 0 })
    expect(await client.conflicts.list()).toMatchObject([
      { fields: ['$deleted'], mine: { title: 'mine', done: true }, theirs: undefined, operations: [{}, {}] },
    ])
  },
)

const fields = z.object({ id: z.string(), title: z.string(), text: z.string().default('') })
const strategies: readonly ConflictStrategy[] = [
  lastWriteWins(),
  serverWins(),
  manual(),
  optimisticVersion(),
  fieldMerge(),
]
const policies: readonly DeletePolicy[] = ['editWins', 'deleteWins', 'ask']

/** Written and deleted by another device, after the create that is judged was made. */
const dead = (): ServerRow => {
  const stamp = { clientId: 'theirs', userId: 'they', otherVersion: 0, timestamp: 9_000, seq: 2 }
  return {
    collection: 'notes',
    id: 'r',
    version: 2,
    seq: 2,
    bornSeq: 1,
    deleted: true,
    data: { id: 'r', title: 'dead', text: 'dead' },
    fieldVersions: {
      id: { ...stamp, version: 1 },
      title: { ...stamp, version: 1 },
      text: { ...stamp, version: 1 },
      $deleted: { ...stamp, version: 2 },
    },
    updatedAt: 9_000,
    updatedBy: 'they',
  }
}

describe('a create on a deleted record revives it with the created values', () => {
  test.each(strategies.flatMap((conflict) => policies.map((deletes) => ({ conflict, deletes }))))(
    '$conflict.name, $deletes',
    ({ conflict, deletes }) => {
      const candidate = {
        id: 'o1',
        collection: 'notes',
        recordId: 'r',
        type: 'create',
        payload: encodePortable({ id: 'r', title: 'mine', text: '' }),
        clientId: 'mine',
        userId: 'me',
        baseVersion: 0,
        timestamp: 1_000,
        opVersion: '1.0.0',
      }
      const place = { seq: 3, now: 10_000, schemaVersion: '1.0.0' }
      expect(decide(collection({ fields, conflict, deletes }), dead(), candidate, place)).toMatchObject({
        kind: 'write',
        row: { deleted: false, version: 3, data: { id: 'r', title: 'mine', text: '' } },
        verdict: { kind: 'merged', lost: [] },
      })
    },
  )

  test('on devices too', async () => {
    const server = localServer()
    await using mine = await openClient({ user: 'me', transport: server('me') })
    await using theirs = await openClient({ user: 'they', transport: server('they') })
    await mine.client.collections.asked.create({ id: 'r', title: 'mine' })
    await theirs.client.collections.asked.create({ id: 'r', title: 'dead', text: 'dead' })
    await theirs.client.collections.asked.delete('r')
    await sync(theirs)
    expect(await sync(mine)).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    await sync(theirs)
    for (const { client } of [mine, theirs]) {
      expect(await client.collections.asked.get('r')).toMatchObject({ title: 'mine', text: '' })
    }
  })
})
