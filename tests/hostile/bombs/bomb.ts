import { protocolVersion } from '@holdfast/core/protocol'
import type { Sender, Shot } from '../send.ts'
import { pour, postHead } from './pour.ts'

export interface Bomb {
  readonly name: string
  /** What the answer has to say. */
  readonly answer: RegExp
  readonly drop: (target: { readonly url: string; readonly sender: Sender }) => Promise<string>
}

type Named = Pick<Bomb, 'name' | 'answer'>

const post = (
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Shot => ({
  method: 'POST',
  path,
  headers: { authorization: 'mallory', 'content-type': 'application/json', ...headers },
  body,
})

/** One request. It is made only when it is sent: some of them are large. */
export const posting = (
  named: Named,
  path: string,
  body: () => Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Bomb => ({
  ...named,
  async drop({ sender }) {
    const reply = await sender.send(post(path, body(), headers))
    return 'cut' in reply ? reply.cut : `${reply.status} ${reply.text}`
  },
})

/** One whose bytes are written for as long as the server lets that happen. */
export const pouring = (
  named: Named,
  headers: readonly string[],
  body: () => Iterable<Uint8Array | string>,
): Bomb => ({
  ...named,
  drop: ({ url }) => pour(url, postHead('/sync/push', headers), body()),
})

/** A push of mallory's. `id`: of the client. */
export const pushOf = (id: string, operations: readonly unknown[], more: object = {}): string =>
  JSON.stringify({
    protocol: protocolVersion,
    clientId: id,
    instance: { acknowledged: 'i', candidate: 'i' },
    scope: 'team-mallory',
    cursor: '',
    batchId: 'b',
    operations,
    ...more,
  })

export const operationsOf = (
  id: string,
  count: number,
  payloadOf: (recordId: string) => string,
): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${id}-op-${index}`,
    clientSeq: index + 1,
    collection: 'tasks',
    recordId: `${id}-${index}`,
    type: 'create',
    payload: payloadOf(`${id}-${index}`),
    baseVersion: 0,
    timestamp: 1_750_000_000_000,
    opVersion: '1.0.0',
  }))
