import type { Environment } from '@holdfast/core'
import type { Logger } from '../logger.ts'
import type { TouchedRows } from '../store/app-rows.ts'
import { recordKey } from '../store/record-key.ts'
import type { Mirror } from './mirroring-store.ts'
import { everyPage } from '../store/every-page.ts'
import { byScope, placesOf } from './places.ts'

export interface CaptureReport {
  /** Records whose marks were looked into. */
  readonly records: number
  /** True where more may be waiting: also what came up by taking these in. */
  readonly isMore: boolean
}

export interface AdoptOptions {
  /** Default `unknown`: rows that no record is known of, and records whose row is gone. `all`: each row is compared. */
  readonly which?: 'unknown' | 'all' | undefined
  /** Also makes rows of records that have none, from before their collection was mapped: reads all records. Default false. */
  readonly records?: boolean | undefined
  /** Default: all that live in models of the app. */
  readonly collections?: readonly string[] | undefined
  /** Called after each portion with how many records were looked into so far, and of how many marks. */
  readonly onProgress?: ((done: number, marked: number) => void) | undefined
}

export interface AdoptReport {
  readonly marked: number
  /** Records that were looked into. */
  readonly records: number
  /** Rows that were made of records. */
  readonly rows: number
}

export interface Capture {
  /** Takes in what was written past the sync API, of at most `limit` marks. */
  readonly run: (limit?: number) => Promise<CaptureReport>
  readonly adopt: (options?: AdoptOptions) => Promise<AdoptReport>
  /** Takes in what waits, then runs. A failure is logged: what waits goes on waiting. */
  readonly before: <TResult>(run: () => Promise<TResult>) => Promise<TResult>
}

const portion = 500

/** A request waits no longer for what others wrote: the rest comes with the next one. */
const mostMs = 2_000

const nothing: Capture = {
  run: async () => ({ records: 0, isMore: false }),
  adopt: async () => ({ marked: 0, records: 0, rows: 0 }),
  before: (next) => next(),
}

/** Does nothing where no collection lives in a table of the app. */
export const createCapture = <TDatabase>(
  mirror: Mirror<TDatabase> | undefined,
  touched: TouchedRows | undefined,
  { clock, logger }: { readonly clock: Environment['clock']; readonly logger: Logger },
): Capture => {
  if (mirror === undefined || touched === undefined) return nothing
  const { collections, takeIn } = mirror

  const run = async (limit = portion): Promise<CaptureReport> => {
    const records = await touched.list(limit)
    const placed = records.map((record) => ({ record, ...placesOf(collections, record) }))
    const held = new Set<string>()
    // Where a record is no longer comes first: for a moment it is nowhere, and never in two scopes.
    for (const side of ['left', 'here'] as const) {
      for (const [scope, keys] of byScope(placed, side)) {
        for (const key of await takeIn(scope, keys)) held.add(recordKey(key))
      }
    }
    const settled = records.filter((record) => !held.has(recordKey(record))).flatMap((record) => record.marks)
    await touched.remove(settled)
    return { records: records.length, isMore: settled.length > 0 }
  }

  return {
    run,
    async adopt({ which = 'unknown', records: isGiving = false, ...options } = {}) {
      const { collections: names = [...collections.keys()], onProgress } = options
      const rows = isGiving ? await giveAllRows(mirror, new Set(names)) : 0
      let marked = 0
      for (const name of names) marked += await touched.markAll(name, which)
      let records = 0
      for (let isMore = true; isMore;) {
        const report = await run()
        records += report.records
        isMore = report.isMore
        onProgress?.(records, marked)
      }
      return { marked, records, rows }
    },
    async before(next) {
      try {
        const until = clock.monotonic() + mostMs
        for (let isMore = true; isMore && clock.monotonic() < until;) isMore = (await run()).isMore
      } catch (error) {
        logger.error('What was written past the sync API could not be taken in; it waits.', { error })
      }
      return await next()
    },
  }
}

/** By scope, in portions: one that ends early goes on the next time. */
const giveAllRows = async <TDatabase>(
  { store, giveRows }: Mirror<TDatabase>,
  names: ReadonlySet<string>,
): Promise<number> => {
  let given = 0
  for await (const { scope, rows } of everyPage(store, portion)) {
    const keys = rows.filter(({ collection, deleted }) => !deleted && names.has(collection))
    if (keys.length > 0) given += await giveRows(scope, keys)
  }
  return given
}
