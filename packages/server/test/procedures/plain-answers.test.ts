import * as fc from 'fast-check'
import { SuperJSON } from 'superjson'
import { describe, expect, test } from 'vitest'
import { procedures, type ProcedureName } from '@holdfast/core/protocol'
import { plainAnswer } from '../../src/procedures/plain-answer.ts'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, scope } from '../support/world.ts'

const superjson = new SuperJSON()

/** What superjson would have to annotate in the answer. */
const annotationsOf = (answer: unknown): unknown => superjson.serialize(answer).meta

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('no answer of any procedure needs an annotation of superjson', async () => {
    const { handlers, client } = await start()
    const [a, b] = [client('a'), client('b', 'u-2')]
    const ctx = { user: { id: 'u-1' } }
    const told: [keyof typeof procedures, unknown][] = []
    const push = async (...operations: readonly unknown[]): Promise<void> => {
      told.push(['push', await a.pushRaw(operations, { protocol: 2 })])
    }

    const first = create(a, 'r-1', { title: 'one' })
    const bad = create(a, 'r-2', { title: '' })
    const other = create(a, 'r-3', { title: 'three' })
    await push(first, bad, other, a.operation({ recordId: 'r-2', value: { title: 'later' } }))
    await push(first, bad)
    await b.push(b.operation({ baseVersion: 1, value: { title: 'theirs', votes: 1 } }))
    const transaction = { id: 't-1', size: 2 }
    await push(
      a.operation({ baseVersion: 1, value: { title: 'mine' }, transaction }),
      a.operation({ baseVersion: 1, recordId: 'r-3', value: { title: 'with it' }, transaction }),
      a.operation({ baseVersion: 1, value: { votes: 2 } }),
      a.operation({ baseVersion: 1, recordId: 'r-3', value: { note: 'x' }, cancel: true }),
      a.operation({ recordId: 'r-4', type: 'unheardOf' }),
      a.operation({ baseVersion: 1, recordId: 'r-3', type: 'delete' }),
      a.operation({ clientSeq: 90, recordId: 'r-9' }),
      { id: 'half' },
    )
    told.push(['pull', await a.pullRaw({ cursor: '' })])
    told.push(['snapshot', await a.snapshotRaw({ limit: 1 })], ['snapshot', await a.snapshotRaw()])
    const entities = [
      { collection: 'todos', id: 'r-1', baseVersion: 1, fields: ['title'] },
      { collection: 'todos', id: 'r-8', baseVersion: 1, fields: ['$deleted'] },
    ]
    told.push(['preflight', await a.preflightRaw(entities)])
    const ids = [first.id, bad.id, 'a-op-5', 'a-op-6', 'unknown']
    told.push(['resume', await handlers.resume(ctx, { protocol: 2, clientId: 'a', scope, ids })])
    const answering = Object.keys(procedures).filter((procedure) => procedure !== 'live')
    for (const procedure of answering as readonly ProcedureName[]) {
      told.push([procedure, await handlers[procedure](ctx, { protocol: 99 })])
      told.push([procedure, await handlers[procedure](ctx, { protocol: 2 })])
    }
    const controller = new AbortController()
    for (const input of [{ protocol: 99 }, { protocol: 4, clientId: 'a', scopes: [scope, 'team-9'] }]) {
      const events = handlers.live(ctx, input, controller.signal)[Symbol.asyncIterator]()
      for (let event = await events.next(); event.done !== true; event = await events.next()) {
        told.push(['live', event.value])
        if (event.value.kind === 'hint') controller.abort()
      }
    }

    expect(told.map(([, answer]) => annotationsOf(answer))).toEqual(told.map(() => undefined))
    for (const [procedure, answer] of told) {
      expect(procedures[procedure].output.safeParse(answer).success).toBe(true)
    }
    const kinds = new Set(JSON.stringify(told).match(/"kind":"[a-z]+"/g))
    for (const kind of [
      'applied',
      'merged',
      'conflict',
      'rejected',
      'aborted',
      'cancelled',
      'duplicate',
      'retry',
    ])
      expect(kinds).toContain(`"kind":"${kind}"`)
  })
})

test('an answer is the same JSON with nothing undefined in it, and nothing there twice', () => {
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(
        fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
        fc.oneof(tie('json'), fc.constant(undefined)),
        { maxKeys: 4 },
      ),
    ),
  }))
  fc.assert(
    fc.property(json, (part) => {
      const answer = { first: part, again: part, absent: undefined, list: [part] }
      const plain = plainAnswer(answer)
      expect(annotationsOf(plain)).toBeUndefined()
      expect(plain).toStrictEqual(JSON.parse(JSON.stringify(answer)))
    }),
  )
})
