import type { IncomingMessage, ServerResponse } from 'node:http'
import { readOperations } from './recorded.ts'
import { listen } from './listen.ts'

/** What becomes of one request on its way. */
export type Fault =
  /** The server never hears of it. */
  | { readonly kind: 'cutBefore' }
  /** It takes effect; the answer is lost. */
  | { readonly kind: 'cutAfter' }
  /** It takes effect; half of the answer arrives, as if it were whole. */
  | { readonly kind: 'truncate' }
  /** It arrives twice, and the second answer is the one that comes back. */
  | { readonly kind: 'twice' }
  /** Somebody on the way answers. */
  | {
      readonly kind: 'reply'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** It waits, before the server or on the way back. */
  | { readonly kind: 'hold'; readonly place: 'request' | 'answer'; readonly until: Promise<void> }

export interface Recorded {
  /** `push`, `pull`, `resume`. */
  readonly procedure: string
  /** Record ids of a push's operations, in order. */
  readonly records: readonly string[]
  readonly operationIds: readonly string[]
  /** Of the request's body and address. */
  readonly bytes: number
  /** What the server answered; undefined where it was not asked. */
  readonly answer: string | undefined
}

export interface Proxy extends AsyncDisposable {
  readonly url: string
  /** Every request so far, in the order in which they came in. */
  readonly requests: readonly Recorded[]
  /** Asked for each request; undefined lets it pass. */
  decide: (request: Omit<Recorded, 'answer'>) => Fault | undefined
}

const bodyOf = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

/** Stands between devices and their server, notes what passes, and does to it what a test wants. */
export const startProxy = async (target: string): Promise<Proxy> => {
  const requests: { -readonly [TKey in keyof Recorded]: Recorded[TKey] }[] = []

  const ask = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { authorization = '', 'content-type': contentType = '' } = request.headers
    const answer = await fetch(target + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers: { authorization, 'content-type': contentType },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    })
    const type = answer.headers.get('content-type') ?? ''
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) }
  }

  const send = (response: ServerResponse, { status, type, body }: Answer): void => {
    response.writeHead(status, { 'content-type': type }).end(body)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    const procedure = /(?:\.|\/sync\/)(\w+)(?:\?|$)/.exec(request.url ?? '')?.[1] ?? ''
    const read = readOperations(body.toString())
    const record = { procedure, ...read, bytes: body.length + (request.url ?? '').length, answer: undefined }
    requests.push(record)
    const noted = requests.at(-1)
    const fault = proxy.decide(record)
    if (fault?.kind === 'cutBefore') return void response.destroy()
    if (fault?.kind === 'reply') {
      return void response.writeHead(fault.status, { ...fault.headers }).end(fault.body ?? '')
    }
    if (fault?.kind === 'hold' && fault.place === 'request') await fault.until
    if (fault?.kind === 'twice') await ask(request, body)
    const answer = await ask(request, body)
    if (noted !== undefined) noted.answer = answer.body.toString()
    if (fault?.kind === 'cutAfter') return void response.destroy()
    if (fault?.kind === 'hold' && fault.place === 'answer') await fault.until
    if (fault?.kind !== 'truncate') return send(response, answer)
    send(response, { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) })
  }

  const listening = await listen((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const proxy: Proxy = {
    url: listening.url,
    requests,
    decide: () => undefined,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  }
  return proxy
}
