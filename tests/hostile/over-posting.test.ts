import { describe, expect, test } from 'vitest'
import { protocolVersion } from '@holdfast/core/protocol'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { ask } from './ask.ts'
import { trickyNames } from './corpora.ts'
import { createSender, type Sender } from './send.ts'
import { startServer, type HostedServer } from './start-server.ts'

type Members = Readonly<Record<string, unknown>>

const scope = 'team-bert'
const sql = "'; DROP TABLE holdfast_records; --"
const operators: readonly Members[] = [
  { contains: '' },
  { equals: 'x' },
  { not: null },
  { in: ['x'] },
  { set: 'x' },
  { connect: { id: 'x' } },
  { create: {} },
  { increment: 1 },
]

interface Pusher {
  /** Pushes one operation as a new client. `payload`: as JSON text, or as what it is encoded from. */
  readonly push: (changes: Members, envelope?: Members) => Promise<Members>
  readonly ask: (name: Parameters<typeof ask>[2], changes: Members) => Promise<Members>
}

const createPusher = (sender: Sender): Pusher => {
  let count = 0
  const send = async (name: Parameters<typeof ask>[2], input: Members): Promise<Members> => {
    const { message } = await ask(sender, 'bert', name, { protocol: protocolVersion, scope, ...input })
    return message as Members
  }
  return {
    ask: (name, changes) => send(name, { clientId: 'reader', ...changes }),
    async push(changes, envelope = {}) {
      count += 1
      const recordId = `r-${count}`
      const { payload = { id: recordId, title: 'fine' }, ...others } = changes
      const operation = {
        ...{ id: `op-${count}`, clientSeq: 1, collection: 'tasks', recordId, type: 'create' },
        payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
        ...{ baseVersion: 0, timestamp: 1_750_000_000_000, opVersion: '1.0.0' },
        ...others,
      }
      const message = await send('push', {
        clientId: `c-${count}`,
        instance: { acknowledged: 'i', candidate: 'i' },
        cursor: '',
        batchId: 'b',
        operations: [operation],
        ...envelope,
      })
      const [result = message] = (message['results'] ?? []) as readonly Members[]
      return result
    },
  }
}

/** With a member of any name: assignment and literals would take some names for more than that. */
const withMember = (object: Members, key: string, member: unknown): string =>
  `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:${JSON.stringify(member)}}`

const rejected = { kind: 'rejected', code: 'INVALID' }

const rowOf = (server: HostedServer, recordId: string) =>
  server.database.prisma.holdfastRecord.findFirst({ where: { recordId } })

const endWell = async (server: HostedServer): Promise<void> => {
  const { failures, logged } = await server.report()
  expect({ failures, logged }).toEqual({ failures: [], logged: [] })
}

describe.each(databaseNames)('%s', (database) => {
  test('[HX6] what the server owns, and what the schema does not name, is in no payload', async () => {
    await using server = await startServer(database)
    using sender = createSender(server.url)
    const { push } = createPusher(sender)
    await push({ recordId: 'known', payload: { id: 'known', title: 'first' } })
    const known = { recordId: 'known', baseVersion: 1 }
    for (const key of [
      ...trickyNames,
      'nothing',
      'id ',
      'userId',
      'fieldVersions',
      '$hidden',
      'title\u0000',
    ]) {
      const payloads: readonly [Members, Members][] = [
        [{ recordId: 'new' }, { id: 'new', title: 'x' }],
        [{ ...known, type: 'update' }, { title: 'x' }],
        [{ ...known, type: 'put' }, { title: 'x' }],
      ]
      for (const [operation, base] of payloads) {
        const result = await push({ ...operation, payload: withMember(base, key, 'theirs') })
        expect([`${String(operation['type'])} ${key}`, result]).toMatchObject([
          `${String(operation['type'])} ${key}`,
          rejected,
        ])
      }
      const patch = withMember({ title: 'x' }, key, 'theirs')
      const moved = await push({ ...known, type: 'move', payload: `{"to":"team-bert-2","patch":${patch}}` })
      expect([`move ${key}`, moved]).toMatchObject([`move ${key}`, rejected])
      // The input of a named operation is read as its schema says: what that does not name is dropped.
      const renamed = await push({
        ...known,
        type: 'rename',
        payload: withMember({ title: 'first' }, key, 'theirs'),
      })
      expect(renamed['kind']).toMatch(/applied|merged|rejected/)
    }
    expect(await rowOf(server, 'new')).toBeNull()
    const row = await rowOf(server, 'known')
    expect(row).toMatchObject({ updatedBy: 'bert', scope, deleted: false })
    const data = { id: 'known', title: 'first', text: '', done: false, votes: 0 }
    expect(JSON.parse(row?.data ?? '')).toEqual(data)
    const fields = Object.keys(JSON.parse(row?.fieldVersions ?? '') as object)
    expect(fields.filter((field) => !Object.hasOwn(data, field) && field !== '$deleted')).toEqual([])
    await endWell(server)
  })

  test('[HX6] version, author, scope, place in the feed and time come from the server, whatever stands beside them', async () => {
    await using server = await startServer(database)
    using sender = createSender(server.url)
    const owned = {
      ...{
        version: 99,
        seq: 99,
        userId: 'ada',
        updatedBy: 'ada',
        updatedAt: 1,
        scope: 'team-ada',
        deleted: true,
      },
      ...{
        fieldVersions: {},
        verdict: { kind: 'applied', version: 99 },
        serverVersion: 99,
        schemaVersion: '9.0.0',
      },
    }
    const envelope = { user: { id: 'ada' }, userId: 'ada', ctx: {}, head: 99, watermark: 99, decided: {} }
    const forged = {
      ...owned,
      recordId: 'r',
      payload: { id: 'r', title: 'x' },
      timestamp: Number.MAX_SAFE_INTEGER,
    }
    const result = await createPusher(sender).push(forged, envelope)
    expect(result).toEqual({ id: 'op-1', kind: 'applied', version: 1 })
    const row = await rowOf(server, 'r')
    expect(row).toMatchObject({ version: 1n, seq: 1n, updatedBy: 'bert', scope, deleted: false })
    const versions = JSON.parse(row?.fieldVersions ?? '') as {
      readonly title: { readonly timestamp: number }
    }
    expect(versions.title.timestamp).toBeLessThanOrEqual(Date.now() + 60_000)
    expect(await server.database.prisma.holdfastClient.findMany()).toMatchObject([{ userId: 'bert' }])
    await endWell(server)
  })

  test('[HX7] operators of a query language are no values, ids or names', async () => {
    await using server = await startServer(database)
    using sender = createSender(server.url)
    const { push, ask: askFor } = createPusher(sender)
    await push({ recordId: 'known', payload: { id: 'known', title: 'first' } })
    for (const operator of operators) {
      const what = JSON.stringify(operator)
      for (const key of ['title', 'votes', 'done', 'id']) {
        expect([what, await push({ payload: { id: 'r', title: 'x', [key]: operator } })]).toMatchObject([
          what,
          rejected,
        ])
        const update = { recordId: 'known', type: 'update', baseVersion: 1, payload: { [key]: operator } }
        expect([what, await push(update)]).toMatchObject([what, rejected])
      }
      for (const key of ['recordId', 'collection', 'type', 'payload', 'baseVersion', 'id', 'clientSeq']) {
        const operation = key === 'payload' ? { payload: withMember({}, 'x', operator) } : { [key]: operator }
        expect([`${key} ${what}`, await push(operation)]).toMatchObject([`${key} ${what}`, rejected])
      }
      const refused = { kind: 'refused', code: 'INVALID' }
      for (const key of ['scope', 'clientId', 'cursor', 'limit', 'schemaVersion']) {
        expect([`${key} ${what}`, await askFor('pull', { cursor: '', [key]: operator })]).toMatchObject([
          `${key} ${what}`,
          refused,
        ])
      }
      expect(await askFor('resume', { ids: [operator] })).toMatchObject(refused)
      expect(await askFor('resume', { ids: operator })).toMatchObject(refused)
      expect(await askFor('snapshot', { pageToken: operator })).toMatchObject(refused)
    }
    const pulled = await askFor('pull', { cursor: '' })
    expect(pulled).toMatchObject({ kind: 'answer', head: 1, changes: [{ id: 'known' }] })
    await endWell(server)
  })

  test('[HX7] names of every object and names of SQL are no collections, operations, fields or scopes', async () => {
    await using server = await startServer(database)
    using sender = createSender(server.url)
    const { push, ask: askFor } = createPusher(sender)
    const counts = { pending: 1, sent: 0 }
    for (const name of [...trickyNames, sql, 'holdfast_records', 'tasks"', 'Tasks']) {
      expect([name, await push({ collection: name })]).toMatchObject([name, rejected])
      expect([name, await push({ type: name })]).toMatchObject([name, rejected])
      const isId = /^[A-Za-z0-9_-]+$/.test(name)
      const created = await push({ recordId: name, payload: withMember({ title: 'x' }, 'id', name) })
      expect([name, created]).toMatchObject([name, isId ? { kind: 'applied', version: 1 } : rejected])
      const pulled = await askFor('pull', { scope: name, cursor: '' })
      const refused: unknown = expect.stringMatching(/^(FORBIDDEN_OR_MISSING|INVALID)$/)
      expect([name, pulled['code']]).toEqual([name, refused])

      const entity = { collection: 'tasks', id: 'r-1', baseVersion: 1, fields: [name] }
      const preflight = { cursor: '', counts, opVersions: [name] }
      const foreseen = await askFor('preflight', { ...preflight, entities: [entity] })
      expect([name, foreseen]).toMatchObject([name, { kind: 'answer', entities: [{ fields: [] }] }])
      const unknown = await askFor('preflight', { ...preflight, entities: [{ ...entity, collection: name }] })
      expect([name, unknown]).toMatchObject([
        name,
        /^[A-Za-z][A-Za-z0-9_]*$/.test(name)
          ? { kind: 'answer', entities: [{ risk: 'HIGH', reason: 'unknown_collection' }] }
          : { kind: 'refused', code: 'INVALID' },
      ])
    }
    const stored = await push({ recordId: 'sql', payload: { id: 'sql', title: sql } })
    expect(stored).toMatchObject({ kind: 'applied' })
    expect((await rowOf(server, 'sql'))?.data).toContain(JSON.stringify(sql).slice(1, -1))
    await endWell(server)
  })
})
