import type { HTTPHeaders } from '@trpc/client'
import type { TRPCCombinedDataTransformer } from '@trpc/server'
import { reasonOf } from '../base/errors.ts'
import { isObject } from '../base/objects.ts'
import { systemFetch } from '../base/system-environment.ts'
import type { ProcedureName } from '../protocol/table.ts'
import { superjsonEnvelope } from './superjson-envelope.ts'

export interface TrpcUrlOptions {
  /** Where the app's tRPC router is served, e.g. `/trpc`. */
  readonly url: string
  /** Where the sync router sits in it. Default `sync`. */
  readonly path?: string
  /** Asked before each request: the place for the token. */
  readonly headers?: () => HTTPHeaders | Promise<HTTPHeaders>
  /** The app router's transformer; `none` where it has none. Default: superjson. */
  readonly transformer?: TRPCCombinedDataTransformer | Transformer | 'none'
  readonly fetch?: typeof globalThis.fetch
}

interface Transformer {
  readonly serialize: (value: unknown) => unknown
  readonly deserialize: (value: never) => unknown
}

/** Something answered, and not with a result. */
export class NoResult extends Error {
  readonly response: Response
  /** Of the tRPC error, where it was one. */
  readonly data: unknown

  constructor(message: string, response: Response, data?: unknown) {
    super(message)
    this.response = response
    this.data = data
  }
}

export type AskProcedure = (
  type: 'query' | 'mutation',
  procedure: ProcedureName,
  input: unknown,
  signal: AbortSignal,
) => Promise<unknown>

/**
 * Asks a tRPC server as tRPC's own client does by its `httpLink`, whose code would be a twentieth of what a page loads
 * for Holdfast. A test compares both, request by request.
 */
export const trpcOverHttp = (options: TrpcUrlOptions): AskProcedure => {
  const { path = 'sync', headers, fetch: request = systemFetch } = options
  const { input: writer, output: reader } = toBothWays(options.transformer)
  const [base = '', ...queries] = options.url.split('?')

  return async (type, procedure, input, signal) => {
    const text = JSON.stringify(writer.serialize(input))
    const isQuery = type === 'query'
    const query = isQuery ? [...queries, `input=${encodeURIComponent(text)}`] : queries
    const name = path === '' ? procedure : `${path}.${procedure}`
    const url = [`${base.replace(/\/$/, '')}/${name}`, query.join('&')]
      .filter((part) => part !== '')
      .join('?')
    const given = toPlain((await headers?.()) ?? {})
    const init = isQuery
      ? { method: 'GET', headers: given }
      : { method: 'POST', headers: asJson(given), body: text }
    return readResult(await request(url, { ...init, signal }), reader)
  }
}

const asItIs: Transformer = { serialize: (value) => value, deserialize: (value) => value }

const toBothWays = (
  transformer: TrpcUrlOptions['transformer'] = superjsonEnvelope,
): { readonly input: Transformer; readonly output: Transformer } => {
  const chosen = transformer === 'none' ? asItIs : transformer
  return 'input' in chosen ? chosen : { input: chosen, output: chosen }
}

type PlainHeaders = Readonly<Record<string, string>>

const toPlain = (headers: HTTPHeaders): PlainHeaders =>
  (Symbol.iterator in headers ? Object.fromEntries(headers) : headers) as PlainHeaders

const asJson = (headers: PlainHeaders): PlainHeaders => {
  const isTyped = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  return isTyped ? headers : { 'content-type': 'application/json', ...headers }
}

/** @throws NoResult, and whatever ends a body that breaks off */
const readResult = async (response: Response, reader: Transformer): Promise<unknown> => {
  const text = await response.text()
  const read = (value: unknown): unknown => reader.deserialize(value as never)
  let refused: unknown
  try {
    const { error, result } = JSON.parse(text) as {
      readonly error?: unknown
      readonly result: { data: unknown }
    }
    if (error === undefined) return read(result.data)
    refused = read(error)
  } catch (cause) {
    throw new NoResult(`This is no answer of tRPC: ${reasonOf(cause)}`, response)
  }
  const { message, data } = isObject(refused) ? refused : {}
  throw new NoResult(String(message), response, data)
}
