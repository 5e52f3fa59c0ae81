/** What is used of a span of OpenTelemetry. */
export interface Span {
  setAttribute(name: string, value: string | number | boolean): unknown
  /** `code` 2: an error, by OpenTelemetry's numbers. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown
  end(): void
}

/** What is used of a tracer of OpenTelemetry: `trace.getTracer('holdfast')` is one. */
export interface Tracer {
  startActiveSpan<TResult>(name: string, run: (span: Span) => TResult): TResult
}

/** By OpenTelemetry's numbers. */
const failed = 2

/**
 * Runs it within a span of its own, where there is a tracer. Spans carry scopes and codes, never values.
 * @param codeOf what went wrong with the result; undefined: nothing did
 */
export const inSpan = async <TResult>(
  tracer: Tracer | undefined,
  name: string,
  { run, codeOf, attributes }: Spanned<TResult>,
): Promise<TResult> => {
  if (tracer === undefined) return run()
  return tracer.startActiveSpan(name, async (span) => {
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined) span.setAttribute(key, value)
    try {
      const result = await run()
      const code = codeOf(result)
      if (code !== undefined) span.setAttribute('holdfast.code', code)
      if (code === 'SERVER_FAILED') span.setStatus({ code: failed, message: code })
      return result
    } catch (error) {
      span.setStatus({ code: failed })
      throw error
    } finally {
      span.end()
    }
  })
}

export interface Spanned<TResult> {
  readonly run: () => Promise<TResult>
  readonly codeOf: (result: TResult) => string | undefined
  readonly attributes: Readonly<Record<string, string | undefined>>
}
