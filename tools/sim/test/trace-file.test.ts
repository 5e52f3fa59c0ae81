import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { runTool } from '../../prove/run-tool.ts'
import { runReplay } from '../replay.ts'
import { createTraceFile } from '../trace-file/create-trace-file.ts'

const count = z.int().min(0)
const event = { pid: z.int().min(1), tid: z.int().min(0), name: z.string().min(1) }
const timed = { ...event, cat: z.string().min(1), ts: count }
const args = z.record(z.string(), z.unknown())

/** The Trace Event Format, as far as it is used; strict, so that nothing else is written. */
const format = z.strictObject({
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: z.record(z.string(), z.string()),
  traceEvents: z.array(
    z.discriminatedUnion('ph', [
      z.strictObject({
        ...event,
        ph: z.literal('M'),
        name: z.enum(['process_name', 'thread_name']),
        args: z.strictObject({ name: z.string() }),
      }),
      z.strictObject({ ...timed, ph: z.literal('i'), s: z.enum(['g', 'p', 't']), args }),
      z.strictObject({ ...timed, ph: z.literal('X'), dur: count, args }),
      z.strictObject({ ...timed, ph: z.literal('s'), id: count }),
      z.strictObject({ ...timed, ph: z.literal('f'), bp: z.literal('e'), id: count }),
    ]),
  ),
})
type Document = z.infer<typeof format>
type Event<TPhase> = Extract<Document['traceEvents'][number], { ph: TPhase }>

const ofPhase = <TPhase extends string>({ traceEvents }: Document, phase: TPhase): readonly Event<TPhase>[] =>
  traceEvents.filter((one): one is Event<TPhase> => one.ph === phase)

/** Slices of one thread lie within each other or apart, or a viewer could not draw them. */
const overlaps = (slices: readonly Event<'X'>[]): readonly string[] => {
  const found: string[] = []
  const ends = new Map<string, number>()
  for (const { pid, tid, ts, dur } of slices.toSorted((left, right) => left.ts - right.ts)) {
    const thread = `${pid}/${tid}`
    // Slices that take no time are drawn as long as one microsecond.
    if (ts < (ends.get(thread) ?? 0) - 1) found.push(`${thread} at ${ts}`)
    ends.set(thread, ts + dur)
  }
  return found
}

test('--trace writes the Trace Event Format: requests with arrows, writes, commits, crashes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-trace-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'trace.json')
  const replay = { seed: 3, params: { weights: { crashTab: 40 } } }
  const { code, output } = await runTool('sim', '--replay', JSON.stringify(replay), '--trace', file)
  if (code !== 0) throw new Error(output)

  const document = format.parse(JSON.parse(await readFile(file, 'utf8')))
  expect(JSON.parse(document.otherData['replay'] ?? '')).toEqual(replay)
  const names = ofPhase(document, 'M').map((one) => one.args.name)
  expect(names).toEqual(expect.arrayContaining(['d0', 'd1', 'server 0']))
  const categories = new Set(ofPhase(document, 'i').map(({ cat }) => cat))
  expect([...categories]).toEqual(expect.arrayContaining(['write', 'commit', 'crash', 'state']))

  const slices = ofPhase(document, 'X')
  expect(slices.map(({ name }) => name)).toEqual(expect.arrayContaining(['push', 'pull']))
  expect(overlaps(slices)).toEqual([])
  const begun = new Map(ofPhase(document, 's').map((arrow) => [arrow.id, arrow]))
  const ended = ofPhase(document, 'f')
  expect(ended.length).toBeGreaterThan(0)
  for (const { id, pid, ts } of ended) {
    const start = begun.get(id)
    expect(start).toBeDefined()
    expect(start?.pid).not.toBe(pid)
    expect(start?.ts).toBeLessThanOrEqual(ts)
  }
})

test('whoever watches a world changes nothing in it', async () => {
  for (const seed of [1, 2, 3]) {
    const [alone, watched] = [await runReplay({ seed }), await runReplay({ seed }, createTraceFile())]
    expect(watched.hash).toBe(alone.hash)
  }
})
