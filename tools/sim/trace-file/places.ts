import type { Place, TraceEvent } from './format.ts'

export interface PlaceName {
  readonly process: string
  readonly thread: string
}

/** Numbers for the names of processes and threads. */
export interface Places {
  readonly of: (name: PlaceName) => Place
  /** What tells a viewer their names. */
  readonly names: () => readonly TraceEvent[]
}

export const createPlaces = (): Places => {
  const processes = new Map<string, { readonly pid: number; readonly threads: Map<string, number> }>()
  return {
    of({ process, thread }) {
      const known = processes.get(process) ?? { pid: processes.size + 1, threads: new Map<string, number>() }
      processes.set(process, known)
      const tid = known.threads.get(thread) ?? known.threads.size + 1
      known.threads.set(thread, tid)
      return { pid: known.pid, tid }
    },
    names: () =>
      [...processes].flatMap(([process, { pid, threads }]): readonly TraceEvent[] => [
        { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: process } },
        ...[...threads].map(([thread, tid]): TraceEvent => ({
          ph: 'M',
          name: 'thread_name',
          pid,
          tid,
          args: { name: thread },
        })),
      ]),
  }
}

const tab = /\b(d\d+)\.\d+(?:#\d+)?/
const server = /\bserver \d+/
const device = /\bd\d+\b/

/** Where a line of the trace belongs. */
export const placeOfLine = (line: string): PlaceName => {
  const ofTab = tab.exec(line)
  if (ofTab !== null) return { process: ofTab[1] ?? '', thread: ofTab[0] }
  const ofServer = server.exec(line)?.[0]
  if (ofServer !== undefined) return { process: ofServer, thread: ofServer }
  const ofDevice = device.exec(line)?.[0]
  return ofDevice === undefined
    ? { process: 'world', thread: 'world' }
    : { process: ofDevice, thread: ofDevice }
}
