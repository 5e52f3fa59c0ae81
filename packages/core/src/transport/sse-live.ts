import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { Observable } from 'rxjs'
import { systemFetch } from '../base/system-environment.ts'
import { SyncError } from '../base/errors.ts'
import type { LiveInput } from '../protocol/live.ts'
import { superjsonEnvelope } from './superjson-envelope.ts'
import { newsOf, type LiveNews } from './live-news.ts'
import { answerToError, shapeToError, toTransportError } from './trpc-errors.ts'
import type { TrpcUrlOptions } from './trpc-http.ts'

/** Opens streams of `live` at the same place as the transport's requests. */
export type LiveOverHttp = (options: TrpcUrlOptions) => (input: LiveInput) => Observable<LiveNews>

/**
 * `live` over server-sent events, read by `fetch`: the same headers as of any request, in browsers and in Node.
 * `trpcTransport({ url, live: sseLive })`.
 */
export const sseLive: LiveOverHttp = (options) => (input) =>
  new Observable((subscriber) => {
    const controller = new AbortController()
    const { signal } = controller
    const fail = (error: unknown): void => {
      if (!signal.aborted) subscriber.error(toTransportError(error, 'live'))
    }
    const tell = (message: EventSourceMessage): void => {
      const said = read(message, options)
      if (said === 'over') subscriber.complete()
      else if (said !== undefined) subscriber.next(said)
    }
    const follow = async (): Promise<void> => {
      const response = await open(options, input, signal)
      await readText(response, createParser({ onEvent: tell }), signal)
      subscriber.complete()
    }
    follow().catch(fail)
    return () => controller.abort()
  })

/** @throws SyncError where what answers is no stream */
const open = async (
  {
    url,
    path = 'sync',
    headers,
    transformer = superjsonEnvelope,
    fetch: request = systemFetch,
  }: TrpcUrlOptions,
  input: LiveInput,
  signal: AbortSignal,
): Promise<Response> => {
  const [base = '', query] = url.split('?')
  const sent = transformer === 'none' ? input : serializerOf(transformer)(input)
  const parts = [...(query === undefined ? [] : [query]), `input=${encodeURIComponent(JSON.stringify(sent))}`]
  const name = path === '' ? 'live' : `${path}.live`
  const response = await request(`${base.replace(/\/$/, '')}/${name}?${parts.join('&')}`, {
    headers: toHeaders((await headers?.()) ?? {}),
    signal,
  })
  const type = response.headers.get('content-type') ?? ''
  if (response.ok && type.startsWith('text/event-stream')) return response
  throw await answerToError(response, 'live')
}

type Transformer = Exclude<TrpcUrlOptions['transformer'], undefined | 'none'>

/** tRPC has transformers of one part and of two. */
const serializerOf = (transformer: Transformer): ((value: unknown) => unknown) =>
  ('input' in transformer ? transformer.input : transformer).serialize

const deserializerOf = (transformer: Transformer): ((value: never) => unknown) =>
  ('output' in transformer ? transformer.output : transformer).deserialize

const toHeaders = (given: object): Headers => {
  const headers = new Headers({ accept: 'text/event-stream' })
  for (const [name, value] of Object.entries(given)) {
    for (const one of [value].flat()) if (typeof one === 'string') headers.append(name, one)
  }
  return headers
}

const readText = async (
  response: Response,
  parser: { readonly feed: (text: string) => void },
  signal: AbortSignal,
): Promise<void> => {
  const reader = response.body?.getReader()
  if (reader === undefined) {
    const message = 'This platform gives no streams of answers: leave out live, then changes are pulled.'
    throw new SyncError('BAD_ANSWER', message, { reason: 'no body to read' })
  }
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done || signal.aborted) return
    parser.feed(decoder.decode(value, { stream: true }))
  }
}

/** What tRPC names its own events by. Events of ours have no name. */
const returnEvent = 'return'
const errorEvent = 'serialized-error'

/** `undefined`: nothing that is known here. @throws SyncError */
const read = (
  { event, data }: EventSourceMessage,
  { transformer = superjsonEnvelope }: TrpcUrlOptions,
): LiveNews | 'over' | undefined => {
  if (event === returnEvent) return 'over'
  if (event !== undefined && event !== errorEvent) return undefined
  const sent: unknown = JSON.parse(data)
  const value = transformer === 'none' ? sent : deserializerOf(transformer)(sent as never)
  if (event === errorEvent) throw shapeToError(value, 'live')
  return newsOf(value)
}
