import type { HTTPHeaders } from '@trpc/client'
import { httpLink } from '@trpc/client/links/httpLink'
import type { TRPCCombinedDataTransformer } from '@trpc/server'
import { systemFetch } from '../base/system-environment.ts'
import type { ProcedureName } from '../protocol/table.ts'
import { keepingResponse } from './keep-response.ts'
import { superjsonEnvelope } from './superjson-envelope.ts'

export interface TrpcUrlOptions {
  /** Where the app's tRPC router is served, e.g. `/trpc`; outside of a page a whole URL. */
  readonly url: string
  /** Where the sync router sits in it. Default `sync`. */
  readonly path?: string
  /**
   * Asked before each request: the place for the token. A SyncError that it throws is the request's: AUTH_REQUIRED blocks sync
   * until `client.start()`. Anything else counts as a server that can't be reached, and is tried again.
   */
  readonly headers?: () => HTTPHeaders | Promise<HTTPHeaders>
  /** The app router's transformer; `none` where it has none. Default: superjson. */
  readonly transformer?: TRPCCombinedDataTransformer | Transformer | 'none'
  readonly fetch?: typeof globalThis.fetch
}

interface Transformer {
  readonly serialize: (value: unknown) => unknown
  readonly deserialize: (value: never) => unknown
}

export type AskProcedure = (
  type: 'query' | 'mutation',
  procedure: ProcedureName,
  input: unknown,
  signal: AbortSignal,
) => Promise<unknown>

/** Asks a tRPC server through tRPC's own link. The link alone: a client around it adds only chains, and twice the code. */
export const trpcOverHttp = (options: TrpcUrlOptions): AskProcedure => {
  const { url, path = 'sync', headers, transformer = superjsonEnvelope, fetch } = options
  const link = httpLink({
    url,
    ...(headers === undefined ? {} : { headers }),
    fetch: keepingResponse(fetch ?? systemFetch),
    ...(transformer === 'none' ? {} : { transformer }),
  } as Parameters<typeof httpLink>[0])({})

  return (type, procedure, input, signal) =>
    new Promise((resolve, reject) => {
      const name = path === '' ? procedure : `${path}.${procedure}`
      const op = { id: 0, type, path: name, input, context: {}, signal }
      link({ op, next: noFurtherLink }).subscribe({
        next: ({ result }) => resolve('data' in result ? result.data : undefined),
        error: reject,
      })
    })
}

const noFurtherLink = (): never => {
  throw new Error('The link that asks the server is the last one.')
}
