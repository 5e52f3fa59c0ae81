import type { ProcedureName } from '@holdfast/core/protocol'
import type { ResolvedOptions } from '../options.ts'
import type { Untimed } from './events.ts'
import { figuresOf, scopeIn, type Answered } from './figures.ts'
import { inSpan } from './tracer.ts'

export interface Observer {
  /** Answers as it would be answered anyway. */
  readonly answering: <TAnswer extends object>(
    procedure: ProcedureName,
    request: AskedRequest,
    run: () => Promise<TAnswer>,
  ) => Promise<TAnswer>
  readonly writing: <TResult>(scope: string, run: () => Promise<TResult>) => Promise<TResult>
  /** The event is only made where somebody wants to know. */
  readonly tell: (make: () => Untimed) => void
}

export interface AskedRequest {
  readonly input: unknown
  /** The longest wait for a scope's lock, as far as there was one. */
  readonly lockWaitMs: () => number
}

/** Tells `onEvent` and the tracer what happens. Where nobody wants to know, nothing is counted. */
export const createObserver = <TContext, TDatabase>(
  options: Pick<ResolvedOptions<TContext, TDatabase>, 'onEvent' | 'tracer' | 'environment' | 'logger'>,
): Observer => {
  const { onEvent, tracer, environment, logger } = options
  const { clock } = environment

  const tell: Observer['tell'] = (make) => {
    if (onEvent === undefined) return
    try {
      onEvent({ at: clock.now(), ...make() })
    } catch (error) {
      logger.error('onEvent failed.', { error })
    }
  }

  return {
    tell,
    async answering(procedure, { input, lockWaitMs }, run) {
      if (onEvent === undefined && tracer === undefined) return run()
      const start = clock.monotonic()
      const scope = scopeIn(input)
      const codeOf = (answer: object): string | undefined =>
        'code' in answer ? String(answer.code) : undefined
      const attributes = { 'holdfast.scope': scope }
      const answer = await inSpan(tracer, `holdfast.${procedure}`, { run, codeOf, attributes })
      const ms = clock.monotonic() - start
      tell(() => {
        const answered = answer as Answered
        const figures = figuresOf(input, answered, clock.now())
        const { code, details } = answered
        return {
          type: 'answered',
          procedure,
          ms,
          lockWaitMs: lockWaitMs(),
          scope,
          code,
          ...(details?.reason === undefined ? {} : { reason: details.reason }),
          ...figures,
        }
      })
      return answer
    },
    async writing(scope, run) {
      const start = clock.monotonic()
      let failed = true
      try {
        const spanned = { run, codeOf: () => undefined, attributes: { 'holdfast.scope': scopeIn({ scope }) } }
        const result = await inSpan(tracer, 'holdfast.write', spanned)
        failed = false
        return result
      } finally {
        const ms = clock.monotonic() - start
        tell(() => ({ type: 'written', scope: scopeIn({ scope }) ?? '', ms, failed }))
      }
    },
  }
}
