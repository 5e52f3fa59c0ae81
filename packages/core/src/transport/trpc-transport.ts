import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import { systemEnvironment } from '../base/system-environment.ts'
import type { ProcedureName, ProcedureType } from '../protocol/table.ts'
import { begunInTime } from './begun-in-time.ts'
import type { RequestOptions, Transport } from './contract.ts'
import { liveThroughClient, type Subscribe } from './client-live.ts'
import { parseOutput } from './parse-output.ts'
import type { LiveOverHttp } from './sse-live.ts'
import { toTransportError } from './trpc-errors.ts'
import { trpcOverHttp, type AskProcedure, type TrpcUrlOptions } from './trpc-http.ts'

/** The sync part of the app's own tRPC client: `trpc.sync`. */
export interface TrpcSyncClient {
  readonly push: { readonly mutate: Call }
  readonly pull: { readonly query: Call }
  readonly preflight: { readonly mutate: Call }
  readonly snapshot: { readonly query: Call }
  readonly resume: { readonly query: Call }
  /** Needed for `live`. */
  readonly live?: { readonly subscribe: Subscribe }
}

// Method syntax on purpose: the app's client types its inputs more narrowly.
type Call = { call(input: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown> }['call']

interface OverUrl extends TrpcUrlOptions {
  /** `sseLive` of `@holdfast/core/live`: changes are pulled when they happen. Default: every `pollEvery`. */
  readonly live?: LiveOverHttp
}

interface ThroughClient {
  /** Its link should have `fetch: keepingResponse(fetch)`: else what a proxy answers without JSON is a BAD_ANSWER at best. */
  readonly client: TrpcSyncClient
  /** True where the client has a link for subscriptions: changes are pulled when they happen. Default false. */
  readonly live?: boolean
}

export type TrpcTransportOptions = (OverUrl | ThroughClient) & {
  /** Milliseconds after which a request is given up. Default 30,000. */
  readonly timeout?: number
  readonly environment?: Environment
}

/**
 * The way to a server that mounts `createSyncRouter`: by its URL, or through the app's own tRPC client.
 * @throws SyncError MISCONFIGURED
 */
export const trpcTransport = (options: TrpcTransportOptions): Transport => {
  if (!('client' in options) && typeof options.url !== 'string')
    throw misconfigured(
      'url',
      'url must say where the server is (/trpc, say), or client must be a tRPC client',
    )
  if (!('client' in options) && options.live !== undefined && typeof options.live !== 'function')
    throw misconfigured('live', 'with url, live must be sseLive of "@holdfast/core/live"')
  const ask = 'client' in options ? throughClient(options.client) : trpcOverHttp(options)
  const { timers } = options.environment ?? systemEnvironment
  const timeout = options.timeout ?? 30_000

  const asking =
    <TName extends ProcedureName>(name: TName, type: ProcedureType<TName>) =>
    async (input: unknown, { signal }: RequestOptions) => {
      signal.throwIfAborted()
      const controller = new AbortController()
      const abort = (): void => controller.abort(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      const cancel = timers.after(timeout, () => controller.abort(timedOut(timeout)))
      try {
        const answer = ask(type, name, input, controller.signal)
        return parseOutput(name, await Promise.race([answer, endOf(controller.signal)]))
      } catch (error) {
        throw controller.signal.aborted ? controller.signal.reason : toTransportError(error, name)
      } finally {
        cancel()
        signal.removeEventListener('abort', abort)
      }
    }

  const live$ = liveOf(options)
  const late = (): SyncError => timedOut(timeout)
  return {
    ...(live$ && { live$: begunInTime(live$, timers, { ms: timeout, late }) }),
    push: asking('push', 'mutation'),
    pull: asking('pull', 'query'),
    preflight: asking('preflight', 'mutation'),
    snapshot: asking('snapshot', 'query'),
    resume: asking('resume', 'query'),
  }
}

const misconfigured = (option: string, what: string): SyncError =>
  new SyncError('MISCONFIGURED', `trpcTransport: ${what}.`, { option })

const timedOut = (timeout: number): SyncError => {
  const message = `The server did not answer within ${timeout} ms; it will be tried again.`
  return new SyncError('NETWORK_UNREACHABLE', message, { reason: 'time-out' })
}

/** A callback for headers, a platform's `fetch` or the app's own client need not heed the signal. */
const endOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as SyncError), { once: true })
  })

const liveOf = (options: TrpcTransportOptions): Transport['live$'] => {
  if ('client' in options) {
    const { client, live } = options
    return live === true && client.live !== undefined ? liveThroughClient(client.live) : undefined
  }
  return options.live?.(options)
}

const throughClient = (client: TrpcSyncClient): AskProcedure => {
  const procedures: Readonly<Record<ProcedureName, { readonly query?: Call; readonly mutate?: Call }>> =
    client
  return async (type, name, input, signal) =>
    procedures[name][type === 'query' ? 'query' : 'mutate']?.(input, { signal })
}
