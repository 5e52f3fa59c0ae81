import { z } from 'zod'

/** The trace of a real client, as `@holdfast/plugins/inspector` exports it (docs/guides/inspector.md). */
const event = z.looseObject({ type: z.string(), at: z.number(), scope: z.string().optional() })
export type TracedEvent = z.output<typeof event>

const count = z.int().min(0)
const figures = z.object({
  state: z.string(),
  queue: z.object({ pending: count, sent: count, conflicts: count, deadLetters: count }),
  dropped: count,
  operations: z.array(z.object({ id: z.string(), scope: z.string(), status: z.string() })),
})
export type TracedFigures = z.output<typeof figures>

export interface ClientTrace {
  /** In the order told. */
  readonly events: readonly TracedEvent[]
  readonly figures: TracedFigures
}

const traceDocument = z.object({
  traceEvents: z.array(
    z.discriminatedUnion('ph', [
      z.object({ ph: z.literal('M') }),
      z.object({ ph: z.enum(['i', 'X']), args: z.object({ event }) }),
    ]),
  ),
  otherData: z.object({
    kind: z.literal('holdfast client trace'),
    format: z.literal('1'),
    figures: z.string(),
  }),
})

const worldDocument = z.object({ otherData: z.object({ replay: z.string() }) })

export type ReadTrace =
  | { readonly kind: 'client'; readonly trace: ClientTrace }
  /** Of a simulated world: what runs it again. */
  | { readonly kind: 'world'; readonly replay: string }

/** @throws Error that says what is wrong with the file */
export const readTrace = (text: string): ReadTrace => {
  const content: unknown = JSON.parse(text)
  const world = worldDocument.safeParse(content)
  if (world.success) return { kind: 'world', replay: world.data.otherData.replay }
  const client = traceDocument.safeParse(content)
  if (!client.success) throw new Error(`It is no trace of Holdfast:\n${z.prettifyError(client.error)}`)
  const { traceEvents, otherData } = client.data
  return {
    kind: 'client',
    trace: {
      events: traceEvents.flatMap((one) => (one.ph === 'M' ? [] : [one.args.event])),
      figures: figures.parse(JSON.parse(otherData.figures)),
    },
  }
}
