/**
 * The parts of the Trace Event Format that are written: the JSON object form, which ui.perfetto.dev and
 * chrome://tracing show ("Trace Event Format", by Google's Chromium project). Times are virtual microseconds.
 */
export interface TraceDocument {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: Readonly<Record<string, string>>
}

export interface Place {
  /** A device or a server. */
  readonly pid: number
  /** A tab, or a lane of requests. */
  readonly tid: number
}

interface Named extends Place {
  readonly name: string
  readonly cat: string
  readonly ts: number
}

type Args = Readonly<Record<string, unknown>>

export type TraceEvent =
  /** The name of a process or thread. */
  | (Place & {
      readonly ph: 'M'
      readonly name: 'process_name' | 'thread_name'
      readonly args: { readonly name: string }
    })
  /** Something that takes no time. */
  | (Named & { readonly ph: 'i'; readonly s: 't'; readonly args: Args })
  /** Something with a duration. */
  | (Named & { readonly ph: 'X'; readonly dur: number; readonly args: Args })
  /** An arrow from the slice around the first to the slice around the second, of the same id. */
  | (Named & { readonly ph: 's'; readonly id: number })
  | (Named & { readonly ph: 'f'; readonly bp: 'e'; readonly id: number })
