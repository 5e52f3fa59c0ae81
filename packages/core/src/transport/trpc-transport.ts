import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import { systemEnvironment } from '../base/system-environment.ts'
import type { ProcedureName, ProcedureType } from '../protocol/table.ts'
import type { RequestOptions, Transport } from './contract.ts'
import { parseOutput } from './parse-output.ts'
import { toTransportError } from './trpc-errors.ts'
import { trpcOverHttp, type TrpcUrlOptions } from './trpc-http.ts'

/** The sync part of the app's own tRPC client: `trpc.sync`. */
export interface TrpcSyncClient {
  readonly push: { readonly mutate: Call }
  readonly pull: { readonly query: Call }
  readonly preflight: { readonly mutate: Call }
  readonly snapshot: { readonly query: Call }
  readonly resume: { readonly query: Call }
}

// Method syntax on purpose: the app's client types its inputs more narrowly.
type Call = { call(input: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown> }['call']

export type TrpcTransportOptions = (TrpcUrlOptions | { readonly client: TrpcSyncClient }) & {
  /** Milliseconds after which a request is given up. Default 30,000. */
  readonly timeout?: number
  readonly environment?: Environment
}

/** The way to a server that mounts `createSyncRouter`: by its URL, or through the app's own tRPC client. */
export const trpcTransport = (options: TrpcTransportOptions): Transport => {
  const calls = 'client' in options ? callsOfClient(options.client) : callsOfUrl(options)
  const { timers } = options.environment ?? systemEnvironment
  const timeout = options.timeout ?? 30_000

  const ask = async <TName extends ProcedureName>(
    name: TName,
    input: unknown,
    { signal }: RequestOptions,
  ) => {
    signal.throwIfAborted()
    const controller = new AbortController()
    const abort = (): void => controller.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    const cancel = timers.after(timeout, () => controller.abort(timedOut(timeout)))
    try {
      const output = await calls[name](input, { signal: controller.signal })
      return parseOutput(name, output)
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : toTransportError(error, name)
    } finally {
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }

  return {
    push: (input, request) => ask('push', input, request),
    pull: (input, request) => ask('pull', input, request),
    preflight: (input, request) => ask('preflight', input, request),
    snapshot: (input, request) => ask('snapshot', input, request),
    resume: (input, request) => ask('resume', input, request),
  }
}

const timedOut = (timeout: number): SyncError =>
  new SyncError(
    'NETWORK_UNREACHABLE',
    `The server did not answer within ${timeout} ms; it will be tried again.`,
    {
      reason: 'time-out',
    },
  )

type Calls = Readonly<Record<ProcedureName, (input: unknown, options: RequestOptions) => Promise<unknown>>>

const callsOfClient = (client: TrpcSyncClient): Calls => ({
  push: (input, options) => client.push.mutate(input, options),
  pull: (input, options) => client.pull.query(input, options),
  preflight: (input, options) => client.preflight.mutate(input, options),
  snapshot: (input, options) => client.snapshot.query(input, options),
  resume: (input, options) => client.resume.query(input, options),
})

const callsOfUrl = (options: TrpcUrlOptions): Calls => {
  const ask = trpcOverHttp(options)
  const call =
    <TName extends ProcedureName>(procedure: TName, type: ProcedureType<TName>): Calls[TName] =>
    (input, { signal }) =>
      ask(type, procedure, input, signal)
  return {
    push: call('push', 'mutation'),
    pull: call('pull', 'query'),
    preflight: call('preflight', 'mutation'),
    snapshot: call('snapshot', 'query'),
    resume: call('resume', 'query'),
  }
}
