import { writeFileSync } from 'node:fs'
import type { Transport } from '@holdfast/core'
import type { ProcedureName } from '@holdfast/core/protocol'
import type { SyncHandlers } from '@holdfast/server'
import type { Plants } from '../planted/plants.ts'
import type { Replay, WorldWatch } from '../replay.ts'
import type { TraceDocument, TraceEvent } from './format.ts'
import { createLanes } from './lanes.ts'
import { createPlaces, placeOfLine, type PlaceName } from './places.ts'

export interface TraceFile extends WorldWatch {
  readonly document: (replay: Replay) => TraceDocument
  readonly write: (path: string, replay: Replay) => void
}

/** What is due, and says nothing to people: timers, and what is told as a slice. */
const isNoise = (line: string): boolean =>
  line === 'action' ||
  / (?:->|<-) \w+$/.test(line) ||
  / (?:timer|notice|time-out|locked|before-commit)$/.test(line) ||
  /^\S+ (?:open|read:before|read:after|commit:before|commit:after)$/.test(line) ||
  /^\S+ asks \w+$/.test(line)

const categoryOf = (line: string): string => {
  if (/ wrote /.test(line)) return 'write'
  if (/ commits /.test(line)) return 'commit'
  if (/ (?:is killed|dies|crash at|fail at)/.test(line)) return 'crash'
  if (/ is \w+$/.test(line)) return 'state'
  return 'world'
}

const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1_000)

/** Watches a world, and tells of it in the Trace Event Format. */
export const createTraceFile = (): TraceFile => {
  const events: TraceEvent[] = []
  const places = createPlaces()
  const lanes = createLanes(places)
  /** The arrow that the latest request with this body began. */
  const arrows = new Map<string, number>()
  let now = (): number => 0
  let count = 0

  /** One slice for the time until it is settled. A request whose tab or server dies first has none. */
  const slice = async <TResult>(
    name: PlaceName,
    title: string,
    run: () => Promise<TResult>,
    onStart: (at: { readonly pid: number; readonly tid: number; readonly ts: number }) => void,
  ): Promise<TResult> => {
    const { place, leave } = lanes.enter(name)
    const ts = microseconds(now())
    onStart({ ...place, ts })
    const end = (outcome: string): void => {
      leave()
      // An arrow needs something to point at.
      const dur = Math.max(1, microseconds(now()) - ts)
      events.push({ ph: 'X', name: title, cat: 'request', ts, dur, ...place, args: { outcome } })
    }
    try {
      const result = await run()
      end(outcomeOf(result))
      return result
    } catch (error) {
      end(String(error))
      throw error
    }
  }

  const asked = <TResult>(
    tab: string,
    procedure: ProcedureName,
    input: unknown,
    run: () => Promise<TResult>,
  ): Promise<TResult> =>
    slice(placeOfLine(tab), procedure, run, (at) => {
      count += 1
      arrows.set(JSON.stringify(input), count)
      events.push({ ph: 's', name: procedure, cat: 'request', id: count, ...at })
    })

  const served = <TResult>(
    server: string,
    procedure: ProcedureName,
    input: unknown,
    run: () => Promise<TResult>,
  ): Promise<TResult> =>
    slice(placeOfLine(server), procedure, run, (at) => {
      const id = arrows.get(JSON.stringify(input))
      if (id !== undefined) events.push({ ph: 'f', bp: 'e', name: procedure, cat: 'request', id, ...at })
    })

  const document = (replay: Replay): TraceDocument => ({
    traceEvents: [...places.names(), ...events],
    displayTimeUnit: 'ms',
    otherData: { replay: JSON.stringify(replay) },
  })

  return {
    onStart(clock) {
      now = clock
    },
    onNote(at, line, details) {
      if (isNoise(line)) return
      const place = places.of(placeOfLine(line))
      const args = details === undefined ? {} : { details }
      events.push({
        ph: 'i',
        s: 't',
        name: line,
        cat: categoryOf(line),
        ts: microseconds(at),
        ...place,
        args,
      })
    },
    plants: (inner): Plants => ({
      ...inner,
      transport: (transport, tab) => watchTransport(inner.transport(transport, tab), tab, asked),
      handlers: (handlers, server) => watchHandlers(inner.handlers(handlers, server), server, served),
    }),
    document,
    write: (path, replay) => writeFileSync(path, JSON.stringify(document(replay))),
  }
}

type Watch = <TResult>(
  who: string,
  procedure: ProcedureName,
  input: unknown,
  run: () => Promise<TResult>,
) => Promise<TResult>

const watchTransport = (transport: Transport, tab: string, watch: Watch): Transport => ({
  push: (input, options) => watch(tab, 'push', input, () => transport.push(input, options)),
  pull: (input, options) => watch(tab, 'pull', input, () => transport.pull(input, options)),
  preflight: (input, options) => watch(tab, 'preflight', input, () => transport.preflight(input, options)),
  snapshot: (input, options) => watch(tab, 'snapshot', input, () => transport.snapshot(input, options)),
  resume: (input, options) => watch(tab, 'resume', input, () => transport.resume(input, options)),
})

const watchHandlers = <TContext>(
  handlers: SyncHandlers<TContext>,
  server: string,
  watch: Watch,
): SyncHandlers<TContext> => ({
  push: (ctx, input) => watch(server, 'push', input, () => handlers.push(ctx, input)),
  pull: (ctx, input) => watch(server, 'pull', input, () => handlers.pull(ctx, input)),
  preflight: (ctx, input) => watch(server, 'preflight', input, () => handlers.preflight(ctx, input)),
  snapshot: (ctx, input) => watch(server, 'snapshot', input, () => handlers.snapshot(ctx, input)),
  resume: (ctx, input) => watch(server, 'resume', input, () => handlers.resume(ctx, input)),
})

const outcomeOf = (result: unknown): string => {
  if (typeof result !== 'object' || result === null || !('kind' in result)) return ''
  const { kind } = result
  return 'code' in result ? `${String(kind)} ${String(result.code)}` : String(kind)
}
