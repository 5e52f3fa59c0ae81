import { gzipSync } from 'node:zlib'
import { protocolVersion } from '@holdfast/core/protocol'
import { nested } from '../corpora.ts'
import { operationsOf, posting, pouring, pushOf, type Bomb } from './bomb.ts'

const push = '/trpc/sync.push'
const decided = /"kind":"answer"/
const rejected = /"kind":"rejected","code":"INVALID"/
const malformed = /^400 /

const megabyte = Buffer.alloc(1_048_576, 'x')

function* megabytes(count: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield megabyte
}

function* chunked(count: number): Generator<Uint8Array | string> {
  for (let index = 0; index < count; index += 1) {
    yield '100000\r\n'
    yield megabyte
    yield '\r\n'
  }
  yield '0\r\n\r\n'
}

const tooLarge = /^HTTP\/1.1 413 /
const manyHeaders = Object.fromEntries(Array.from({ length: 1_900 }, (_, index) => [`x${index}`, '1']))

const large: readonly Bomb[] = [
  pouring({ name: 'a body of 50 MB', answer: tooLarge }, ['Content-Length: 52428800'], () => megabytes(50)),
  pouring({ name: 'a body of 50 MB in chunks', answer: tooLarge }, ['Transfer-Encoding: chunked'], () =>
    chunked(50),
  ),
  // Node may close before its answer has gone out.
  pouring(
    { name: 'a head of 1 MB', answer: /^(HTTP\/1.1 431 .*)?$/ },
    [`X: ${'x'.repeat(1_000_000)}`],
    () => [],
  ),
  posting({ name: '1,900 headers', answer: /^(4\d\d|200) / }, '/sync/push', () => '{}', manyHeaders),
  posting(
    { name: '10 MB in 10 kB of gzip', answer: /^415 / },
    '/sync/push',
    () => gzipSync(Buffer.alloc(10_000_000)),
    { 'content-encoding': 'gzip' },
  ),
]

const preflightOf = (entities: readonly unknown[]): string =>
  JSON.stringify({
    ...{ protocol: protocolVersion, clientId: 'm', scope: 'team-mallory', cursor: '', opVersions: [] },
    ...{ counts: { pending: 0, sent: 0 }, entities },
  })

const fields = Array.from({ length: 400 }, (_, index) => `${index % 10}`)
const entities = Array.from({ length: 500 }, (_, index) => ({
  ...{ collection: 'tasks', id: `r-${index}`, baseVersion: 0, fields },
}))

const many: readonly Bomb[] = [
  posting(
    { name: 'a batch of 2,000 calls', answer: malformed },
    `/sync/${Array(2_000).fill('push').join()}?batch=1`,
    () => '{}',
  ),
  posting({ name: '10,000 operations in a push', answer: /TOO_LARGE/ }, push, () =>
    pushOf(
      'm-1',
      Array.from({ length: 10_000 }, () => ({})),
    ),
  ),
  posting({ name: '500,000 operations in a push', answer: /TOO_LARGE/ }, push, () =>
    pushOf('m-2', Array(500_000).fill(0)),
  ),
  posting(
    { name: '340,000 malformed entities in a preflight', answer: /INVALID/ },
    '/trpc/sync.preflight',
    () => preflightOf(Array.from({ length: 340_000 }, () => ({}))),
  ),
  posting({ name: '500 entities with 400 fields each', answer: decided }, '/trpc/sync.preflight', () =>
    preflightOf(entities),
  ),
  posting({ name: '10,000 numbers that wait', answer: decided }, push, () =>
    pushOf('m-3', [], { waiting: Array.from({ length: 10_000 }, (_, index) => index + 1) }),
  ),
  posting(
    { name: 'ten pushes of 200 operations in one request', answer: decided },
    `/trpc/${Array(10).fill('sync.push').join()}?batch=1`,
    () => {
      const pushes = Array.from({ length: 10 }, (_, index) => {
        const id = `m-4-${index}`
        const operations = operationsOf(id, 200, (recordId) => `{"id":"${recordId}","title":"x"}`)
        return `"${index}":${pushOf(id, operations)}`
      })
      return `{${pushes.join()}}`
    },
  ),
]

const manyMembers = `{${Array.from({ length: 400 }, (_, index) => `"k${index}":0`).join()}}`

const deep: readonly Bomb[] = [
  posting(
    { name: '100,000 levels as a message', answer: malformed },
    '/sync/push',
    () => `{"json":${nested(100_000)}}`,
  ),
  posting({ name: '100,000 levels without a transformer', answer: /INVALID/ }, push, () => nested(100_000)),
  posting({ name: '100,000 levels for a payload', answer: rejected }, push, () =>
    pushOf(
      'm-5',
      operationsOf('m-5', 1, () => '@'),
    ).replace('"@"', nested(100_000)),
  ),
  posting({ name: '30,000 levels in a payload', answer: rejected }, push, () =>
    pushOf(
      'm-6',
      operationsOf('m-6', 1, () => nested(30_000)),
    ),
  ),
  posting({ name: '200 payloads as large as a body allows', answer: decided }, push, () =>
    pushOf(
      'm-7',
      operationsOf('m-7', 200, (id) => JSON.stringify({ id, title: 'x'.repeat(4_500) })),
    ),
  ),
  posting({ name: '200 payloads of 400 members', answer: rejected }, push, () =>
    pushOf(
      'm-8',
      operationsOf('m-8', 200, () => manyMembers),
    ),
  ),
]

const chain = (length: number, end: unknown): unknown =>
  Array.from({ length }).reduce<unknown>((tree) => ({ a: tree }), end)

const wide = (count: number, value: unknown): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))

const annotated = (json: unknown, meta: object) => (): string => JSON.stringify({ json, meta })

const paths = Array.from({ length: 20_000 }, (_, index) => `items.${index}`)

const carried: readonly Bomb[] = [
  posting(
    { name: 'objects that are there twice, 20,000 times', answer: malformed },
    '/sync/push',
    annotated({ items: paths }, { referentialEqualities: { items: paths } }),
  ),
  posting(
    { name: 'annotations 2,000 levels deep', answer: malformed },
    '/sync/push',
    annotated({ a: 1 }, { values: chain(2_000, wide(2_000, ['Date'])) }),
  ),
  posting(
    { name: '9,999 annotations', answer: /INVALID/ },
    '/sync/push',
    annotated(wide(9_999, '1'), { values: wide(9_999, ['bigint']) }),
  ),
  posting(
    { name: 'a bigint of 1,000,000 digits', answer: /INVALID/ },
    '/sync/push',
    annotated({ a: '1'.repeat(1_000_000) }, { values: { a: ['bigint'] } }),
  ),
  posting(
    { name: '150,000 members of one name', answer: /INVALID/ },
    '/sync/push',
    () => `{"json":{${Array(150_000).fill('"a":1').join()}}}`,
  ),
]

export const bombs: readonly Bomb[] = [...large, ...many, ...deep, ...carried]
