import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import type { EntityRisk, PreflightEntity } from '@holdfast/core/protocol'
import type { ServerPlugin } from '@holdfast/server'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { stores, storeNames } from '../support/stores.ts'
import { answerOf, create, createWorld, type TestClient, type World } from '../support/world.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A major version later `note` is `memo`. */
const later = defineSchema({
  version: '2.0.0',
  collections: {
    todos: collection({
      fields: z.object({ id: z.string(), title: z.string(), memo: z.string().optional() }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})

const renamed = <TValue>({ note, ...rest }: Readonly<Record<string, TValue>>) =>
  note === undefined ? rest : { ...rest, memo: note }

const steps: ServerPlugin = {
  name: 'steps',
  server: {
    migrateRecord: (migration) => ({ ...migration, record: renamed(migration.record) }),
    migrateOperation: ({ operation, ...migration }) => ({ ...migration, operation }),
  },
}

const entity = (id: string, baseVersion: number, ...fields: string[]): PreflightEntity => ({
  collection: 'todos',
  id,
  baseVersion,
  fields,
})

const told = (risks: readonly EntityRisk[]) =>
  risks.map(({ id, risk, reason, fields }) => `${id} ${risk} ${reason} ${fields.join()}`.trimEnd())

const of = (version: string) => ({ schemaVersion: version, opVersions: [version] })

/** A change of `note` by a stranger, on a record that `a` made. */
const disturb = async ({ client }: World<unknown>, id: string): Promise<TestClient> => {
  const [a, b] = [client('a'), client('b', 'u-2')]
  await a.push(create(a, id, { title: 'one', note: 'n' }))
  await a.pull()
  await b.push(b.operation({ recordId: id, value: { note: 'by a stranger' }, baseVersion: 1 }))
  return a
}

describe.each(storeNames)('%s', (name) => {
  const start = async () => {
    const opened = await stores[name]?.()
    if (opened === undefined) throw new Error(`There is no store ${name}.`)
    open.push(opened.close)
    const older = createWorld(opened.store)
    const newer = createWorld(opened.store, { schema: later, plugins: [steps] })
    return { older, newer }
  }

  test('[PF9] what changed in a record of an older version is told by the names of today', async () => {
    const { older, newer } = await start()
    await disturb(older, 'r-1')
    const entities = [entity('r-1', 1, 'memo'), entity('r-1', 1, 'title'), entity('r-1', 2, 'memo')]
    const answer = answerOf(await newer.client('c').preflightRaw(entities, of('2.0.0')))
    expect(told(answer.entities)).toEqual(['r-1 HIGH asks memo', 'r-1 LOW disjoint', 'r-1 LOW disjoint'])
  })

  test('[PF9] an older server foresees nothing of what a newer major version wrote, and says so', async () => {
    const { older } = await start()
    const a = await disturb(older, 'r-1')
    const answer = answerOf(await a.preflightRaw([entity('r-1', 1, 'memo')], of('2.0.0')))
    expect(answer).toMatchObject({ conflictRisk: 'HIGH', action: 'UPGRADE_REQUIRED' })
    expect(told(answer.entities)).toEqual(['r-1 HIGH server_older'])
    // Which is what a push meets there.
    const [result] = (
      await a.push(a.operation({ recordId: 'r-1', value: { memo: 'm' }, baseVersion: 1, opVersion: '2.0.0' }))
    ).results
    expect(result).toMatchObject({ kind: 'retry', code: 'SERVER_OLDER' })
    // A client that does not know the word says no version of its own.
    const plain = answerOf(await a.preflightRaw([entity('r-1', 1, 'memo')], { opVersions: ['2.0.0'] }))
    expect(told(plain.entities)).toEqual(['r-1 HIGH unknown_collection'])
    expect(plain.action).toBe('UPGRADE_REQUIRED')
    // Of a newer minor version it foresees what it would decide.
    const minor = answerOf(await a.preflightRaw([entity('r-1', 1, 'note')], of('1.1.0')))
    expect(told(minor.entities)).toEqual(['r-1 HIGH asks note'])
  })

  test('[PF9] nor of records that a newer major version wrote; of others it does', async () => {
    const { older, newer } = await start()
    const a = await disturb(older, 'old')
    const c = newer.client('c')
    await c.push({ ...create(c, 'new', { title: 'two', memo: 'm' }), opVersion: '2.0.0' })
    const entities = [entity('new', 0, 'note'), entity('old', 1, 'note')]
    const answer = answerOf(await a.preflightRaw(entities, of('1.0.0')))
    expect(told(answer.entities)).toEqual(['new HIGH server_older', 'old HIGH asks note'])
    expect(answer.action).toBe('UPGRADE_REQUIRED')
  })

  test('[MG16] a device of an older major version is told nothing by names that it does not know', async () => {
    const { older, newer } = await start()
    await disturb(older, 'r-1')
    const output = await newer.client('a').preflightRaw([entity('r-1', 1, 'note')], of('1.0.0'))
    expect(output).toMatchObject({ kind: 'refused', code: 'UPGRADE_REQUIRED', details: { side: 'client' } })
  })

  test('[PF9] an operation that kept its older version may change any field', async () => {
    const { older, newer } = await start()
    await disturb(older, 'r-1')
    const entities = [
      entity('r-1', 1, 'note'),
      entity('r-1', 2, 'note'),
      entity('r-1', 1, '$deleted'),
      entity('new', 0, '$deleted', 'note', 'title'),
    ]
    const asked = { schemaVersion: '2.0.0', opVersions: ['1.0.0', '2.0.0'] }
    const answer = answerOf(await newer.client('c').preflightRaw(entities, asked))
    expect(told(answer.entities)).toEqual([
      'r-1 HIGH asks',
      'r-1 LOW disjoint',
      'r-1 MEDIUM deleted $deleted',
      'new LOW disjoint',
    ])
  })
})
