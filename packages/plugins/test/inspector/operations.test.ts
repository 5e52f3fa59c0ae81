import { expect, test } from 'vitest'
import type { Fate, Operation } from '@holdfast/core'
import { encodePortable } from '@holdfast/core/protocol'
import {
  toBytesText,
  toFateText,
  toPayloadText,
  toQueueOrder,
  waitingBytes,
} from '../../src/inspector/operation-text.ts'

const operation = (localSeq: number, status: Operation['status'], payload = '{}'): Operation => ({
  ...{ id: `o-${localSeq}`, scope: 'team-1', collection: 'tasks', recordId: 'a', type: 'update', payload },
  ...{ fields: [], baseVersion: 0, timestamp: 0, uncorrected: false, opVersion: '1.0.0' },
  ...{ localSeq, clientSeq: undefined, status, fate: { kind: 'pending' } },
})

test('[IN2] what waits comes first, in the order made, then what is decided, newest first', () => {
  const all = [
    operation(1, 'COMPLETED'),
    operation(2, 'PENDING'),
    operation(3, 'REJECTED'),
    operation(4, 'CONFLICT'),
    operation(5, 'SENT'),
  ]
  const order = (most: number) => toQueueOrder(all, most).map(({ localSeq }) => localSeq)
  expect(order(10)).toEqual([2, 4, 5, 3, 1])
  expect(order(4)).toEqual([2, 4, 5, 3])
})

test.each<readonly [Fate, string, string]>([
  [{ kind: 'sent' }, 'the verdict is not known', 'plain'],
  [{ kind: 'applied', version: 3, lost: [] }, 'as version 3', 'good'],
  [{ kind: 'applied', version: 3, lost: ['title'] }, 'as version 3; others won title', 'attention'],
  [{ kind: 'conflict', fields: [] }, 'waits with others', 'attention'],
  [{ kind: 'rejected', code: 'INVALID', message: 'No.' }, 'INVALID: No.', 'bad'],
  [{ kind: 'rejected', code: 'INVALID', message: 'No.', discarded: true }, 'discarded; INVALID: No.', 'bad'],
  [{ kind: 'aborted', cause: 'o-1', reason: 'rejected' }, 'with o-1', 'bad'],
  [{ kind: 'cancelled', reason: 'queueFull' }, 'it made room', 'plain'],
  [{ kind: 'superseded', by: 'o-2' }, 'by o-2', 'plain'],
])('[IN2] the fate %j is told', (fate, text, tone) => {
  expect(toFateText(fate)).toEqual({ text, tone })
})

test('[IN7] what waits is counted in bytes, not in letters', () => {
  const payload = encodePortable({ title: 'für' })
  const all = [
    operation(1, 'PENDING', payload),
    operation(2, 'SENT', '{}'),
    operation(3, 'REJECTED', payload),
  ]
  expect(waitingBytes(all)).toBe(payload.length + 1 + 2)
  expect([toBytesText(999), toBytesText(1_500), toBytesText(2_000_000)]).toEqual([
    '999 B',
    '1.5 kB',
    '2.0 MB',
  ])
})

test('a payload is shown as what it says, also where JSON has no word for it', () => {
  const shown = toPayloadText(encodePortable({ due: new Date(0), bytes: new Uint8Array(3), big: 5n }))
  expect(JSON.parse(shown)).toEqual({ due: '1970-01-01T00:00:00.000Z', bytes: '3 bytes', big: '5n' })
  expect(toPayloadText('no payload')).toBe('no payload')
})
