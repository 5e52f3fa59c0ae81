import type { Transport } from '@holdfast/core'
import { allowAll, createSyncHandlers, type SyncOptions } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import type { ProcedureName } from '../../src/protocol/table.ts'
import { parseOutput } from '../../src/transport/parse-output.ts'
import { schema } from './schema.ts'

interface Caller {
  readonly user: { readonly id: string }
}

export const scope = 'team-1'

/** A server in memory, without a wire: what it answers is checked as if it had come over one. */
export const localServer = (
  options: Partial<SyncOptions<Caller, undefined>> = {},
): ((user: string) => Transport) => {
  const handlers = createSyncHandlers<Caller, undefined>({
    schema,
    store: memoryServerStore(),
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    rates: 'none',
    logger: { error: () => undefined },
    ...options,
  })
  return (id) => {
    const ctx = { user: { id } }
    return {
      push: async (input) => parseOutput('push', await handlers.push(ctx, input)),
      pull: async (input) => parseOutput('pull', await handlers.pull(ctx, input)),
      preflight: async (input) => parseOutput('preflight', await handlers.preflight(ctx, input)),
      snapshot: async (input) => parseOutput('snapshot', await handlers.snapshot(ctx, input)),
      resume: async (input) => parseOutput('resume', await handlers.resume(ctx, input)),
    }
  }
}

type Call<TName extends ProcedureName> = Transport[TName]
type Twist<TName extends ProcedureName> = (real: Call<TName>) => Call<TName>

export interface TwistedTransport extends Transport {
  /** Every call so far, in order. */
  readonly calls: readonly ProcedureName[]
  /** Replaces the next call of a procedure that is not replaced yet. */
  readonly once: <TName extends ProcedureName>(name: TName, twist: Twist<TName>) => void
}

/** Lets a test come between a client and its server, call by call. */
export const twisted = (real: Transport): TwistedTransport => {
  const calls: ProcedureName[] = []
  const twists: { readonly [TName in ProcedureName]: Twist<TName>[] } = {
    push: [],
    pull: [],
    preflight: [],
    snapshot: [],
    resume: [],
  }
  const through = <TName extends ProcedureName>(name: TName, call: Call<TName>): Call<TName> => {
    calls.push(name)
    const twist = twists[name].shift()
    return twist === undefined ? call : twist(call)
  }
  return {
    calls,
    once: (name, twist) => void twists[name].push(twist),
    push: (input, options) => through('push', real.push)(input, options),
    pull: (input, options) => through('pull', real.pull)(input, options),
    preflight: (input, options) => through('preflight', real.preflight)(input, options),
    snapshot: (input, options) => through('snapshot', real.snapshot)(input, options),
    resume: (input, options) => through('resume', real.resume)(input, options),
    live$: real.live$,
  }
}

/** Turns the answer of the next call into whatever `change` makes of it. */
export const answering =
  <TInput, TOptions, TAnswer>(change: (answer: TAnswer) => TAnswer | Promise<TAnswer>) =>
  (real: (input: TInput, options: TOptions) => Promise<TAnswer>) =>
  async (input: TInput, options: TOptions): Promise<TAnswer> =>
    change(await real(input, options))

/** The server never hears of the next call. */
export const failing = (error: Error) => () => () => Promise.reject(error)

export interface Held<TInput, TOptions, TAnswer> {
  readonly twist: (
    real: (input: TInput, options: TOptions) => Promise<TAnswer>,
  ) => (input: TInput, options: TOptions) => Promise<TAnswer>
  /** Resolves with the request's options once it is held. */
  readonly arrived: Promise<TOptions>
  readonly release: () => void
}

/** Holds a call back: before the server hears of it, or its answer on the way home. */
export const held = <TInput, TOptions, TAnswer>(
  place: 'request' | 'answer',
): Held<TInput, TOptions, TAnswer> => {
  let release = (): void => undefined
  let arrive: (options: TOptions) => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const arrived = new Promise<TOptions>((resolve) => {
    arrive = resolve
  })
  return {
    arrived,
    release: () => release(),
    twist: (real) => async (input, options) => {
      if (place === 'answer') {
        const answer = await real(input, options)
        arrive(options)
        await gate
        return answer
      }
      arrive(options)
      await gate
      return real(input, options)
    },
  }
}
