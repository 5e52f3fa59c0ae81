import { encodePortable, type Result, type WireOperation } from '@holdfast/core/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { failure } from '../../packages/core/test/support/failure.ts'
import { hostileUpdates } from '../../packages/plugins/test/support/text-case.ts'
import { createOperation, pushOf, rawTransport, signal } from '../harness/raw-push.ts'
import { openWorld } from '../harness/world.ts'
import { textSchema } from '../texts/schema.ts'

const updateOf = (client: number, write: (text: Y.Text) => void, seen?: Y.Doc): Uint8Array => {
  const document = new Y.Doc()
  if (seen !== undefined) Y.applyUpdate(document, Y.encodeStateAsUpdate(seen))
  const before = Y.encodeStateVector(document)
  document.clientID = client
  write(document.getText('text'))
  return Y.encodeStateAsUpdate(document, before)
}

const operations = (updates: readonly Uint8Array[]): readonly WireOperation[] => [
  createOperation('n', { collection: 'notes', payload: encodePortable({ id: 'n' }) }),
  ...updates.map((body, index) =>
    createOperation('n', {
      id: `op-${index}`,
      clientSeq: index + 2,
      collection: 'notes',
      type: 'update',
      payload: encodePortable({ $deltas: { body } }),
    }),
  ),
]

const kindOf = (result: Result): string =>
  result.kind === 'rejected' ? `rejected ${result.code}` : result.kind

test('[P08] updates that are no text are rejected one by one, and what fits is applied', async () => {
  await using world = await openWorld({ schema: textSchema })
  const unknown = new Y.Doc()
  unknown.getText('text').insert(0, 'never sent')
  const updates = [
    ...hostileUpdates,
    Uint8Array.from({ length: 40_000 }, () => 255),
    updateOf(5, (text) => text.insert(4, 'builds on it'), unknown),
    updateOf(6, (text) => text.insert(0, 'fits')),
  ]
  const answer = await rawTransport(world, 'raw').push(pushOf(operations(updates)), { signal })
  expect('results' in answer ? answer.results.map(kindOf) : answer).toEqual([
    'applied',
    ...hostileUpdates.map(() => 'rejected INVALID'),
    'rejected INVALID',
    'rebase',
    'applied',
  ])
})

test('[P08] an update of 5 MB is refused, one of 60 kB is too large for a payload, and the server goes on', async () => {
  await using world = await openWorld({ schema: textSchema })
  const transport = rawTransport(world, 'raw')
  const large = updateOf(7, (text) => text.insert(0, 'x'.repeat(5_000_000)))
  await failure(transport.push(pushOf(operations([large])), { signal }), 'TOO_LARGE')
  const medium = updateOf(8, (text) => text.insert(0, 'x'.repeat(60_000)))
  const answer = await transport.push(pushOf(operations([medium])), { signal })
  expect('results' in answer ? answer.results.map(kindOf) : answer).toEqual(['applied', 'rejected TOO_LARGE'])
})
