import { SyncError } from '../../base/errors.ts'
import type { ProcedureName } from '../../protocol/table.ts'
import type { RequestOptions, Transport } from '../../transport/contract.ts'
import { parseOutput } from '../../transport/parse-output.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What comes over the wire: a status and a text, ours or a stranger's. */
export interface WireAnswer {
  readonly status: number
  readonly body: string
  readonly retryAfterMs?: number
}

/** An answer as it reached the device; `value` is its body, read as JSON where it is that. */
export interface ReadAnswer extends WireAnswer {
  readonly value: unknown
}

/** The other end. Undefined: it died over the request, and no answer comes. */
export type Endpoint = (procedure: ProcedureName, body: string) => Promise<WireAnswer | undefined>

/**
 * What becomes of one message: when its copies arrive, in milliseconds. An empty list: it is lost. A request
 * may also be answered on the way, by somebody who is not the server.
 */
export interface Delivery {
  readonly copies: readonly number[]
  readonly answeredBy?: WireAnswer | undefined
}

export interface NetworkPlan {
  readonly request: (procedure: ProcedureName) => Delivery
  readonly response: (procedure: ProcedureName) => Delivery
}

export interface SimulatedTransportOptions {
  readonly time: VirtualTime
  readonly process: SimulatedProcess
  readonly endpoint: Endpoint
  readonly plan: NetworkPlan
  /** Milliseconds after which a request is given up. */
  readonly timeout: number
  readonly onRequest?: (procedure: ProcedureName, input: unknown) => void
  /** Told of each answer that reaches a request that still waits, before its caller is. */
  readonly onAnswer?: (procedure: ProcedureName, input: unknown, answer: ReadAnswer) => void
}

/** A transport over a network that loses, doubles, delays and reorders, as a plan says. */
export const simulatedTransport = (options: SimulatedTransportOptions): Transport => {
  const { time, process, endpoint, plan, timeout } = options

  const ask = <TName extends ProcedureName>(name: TName, input: unknown, { signal }: RequestOptions) =>
    new Promise<ReturnType<typeof parseOutput<TName>>>((resolve, reject) => {
      const body = JSON.stringify(input)
      let open = true
      const end = (finish: () => void): void => {
        if (!open || !process.isAlive()) return
        open = false
        cancel()
        signal.removeEventListener('abort', abort)
        finish()
      }
      const abort = (): void => end(() => reject(signal.reason as Error))
      const cancel = process.after(timeout, 'time-out', () => end(() => reject(unreachable('time-out'))))
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort, { once: true })

      const receive = (answer: WireAnswer): void =>
        end(() => {
          const read = { ...answer, value: fromJson(answer.body) }
          options.onAnswer?.(name, input, read)
          try {
            resolve(readAnswer(name, read))
          } catch (error) {
            reject(error)
          }
        })
      const respond = (answer: WireAnswer): void => {
        for (const delay of plan.response(name).copies) {
          time.after(delay, `${process.name} <- ${name}`, () => receive(answer))
        }
      }
      const arrive = async (): Promise<void> => {
        const answer = await endpoint(name, body)
        if (answer !== undefined) respond(answer)
      }

      options.onRequest?.(name, input)
      const { copies, answeredBy } = plan.request(name)
      if (answeredBy !== undefined) respond(answeredBy)
      for (const delay of copies) time.after(delay, `${process.name} -> ${name}`, () => void arrive())
    })

  return {
    push: (input, request) => ask('push', input, request),
    pull: (input, request) => ask('pull', input, request),
    preflight: (input, request) => ask('preflight', input, request),
    snapshot: (input, request) => ask('snapshot', input, request),
    resume: (input, request) => ask('resume', input, request),
  }
}

const unreachable = (reason: string): SyncError =>
  new SyncError('NETWORK_UNREACHABLE', 'The server can not be reached; it will be tried again.', { reason })

/** @throws SyncError what an answer other than ours means */
const readAnswer = <TName extends ProcedureName>(
  name: TName,
  { status, value, retryAfterMs }: ReadAnswer,
): ReturnType<typeof parseOutput<TName>> => {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 401)
    throw new SyncError('AUTH_REQUIRED', 'The server wants a new token.', { procedure: name })
  if (status === 429) throw new SyncError('RATE_LIMITED', 'The server asks to be called less often.', wait)
  if (status >= 500) throw new SyncError('SERVER_FAILED', 'The server failed.', { status, ...wait })
  return parseOutput(name, value)
}

const fromJson = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
