import { recordLifetime } from '../../model/lifetime.ts'
import type { Schema } from '../../model/schema.ts'
import type { Store } from '../../storage/store.ts'
import type { RecordEntry } from '../entries.ts'
import { logKey, recordAddressOf, recordPrefix, type RecordAddress } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { putRecord, recordIn, recordReads } from '../records.ts'
import type { SessionTime } from '../../base/session-time.ts'

export interface HidingPass {
  readonly store: Store
  readonly schema: Schema
  readonly scope: string
  readonly session: SessionTime
  /** Asked between two commits. @throws whatever ends the pass; what was done stays */
  readonly turn: () => Promise<void>
}

export interface Hidden {
  readonly records: number
  /** Milliseconds until the next one is due; undefined: none is. */
  readonly next: number | undefined
}

/** So many records are looked at in one step. */
const portion = 500

/**
 * Records whose lifetime is over are taken for deleted, once the server was heard in this session: their values stay below,
 * so what the server says of them later still fits. What an operation of this device lies on stays shown.
 */
export const hideRecords = async (pass: HidingPass): Promise<Hidden> => {
  const { heard } = pass.session.of(pass.scope)
  let records = 0
  let next = Infinity
  for (const [collection, definition] of Object.entries(pass.schema.collections)) {
    const lifetime = recordLifetime(definition)
    if (lifetime === Infinity || heard === undefined) continue
    for (let after: string | undefined; ;) {
      const serverNow = heard.serverTime + (pass.session.monotonic() - heard.monotonic)
      const step = await hidePortion(pass, collection, { after, madeBefore: serverNow - lifetime })
      records += step.records
      next = Math.min(next, step.next)
      await pass.turn()
      if (step.after === undefined) break
      after = step.after
    }
  }
  return { records, next: next === Infinity ? undefined : next }
}

interface Portion {
  readonly records: number
  readonly next: number
  readonly after: string | undefined
}

const hidePortion = (
  { store, scope }: HidingPass,
  collection: string,
  { after, madeBefore }: { readonly after: string | undefined; readonly madeBefore: number },
): Promise<Portion> =>
  store.update(async (workspace) => {
    const [, found] = await workspace.read([
      { get: logKey(scope) },
      { scan: recordPrefix(scope, collection), limit: portion, after },
    ])
    const head = logHead(workspace, scope)
    const last = found.length < portion ? undefined : found.at(-1)?.key
    // Until all bases are in their place nobody knows what is there; a later pass comes by again.
    if (head.folding !== undefined || head.resetting !== undefined)
      return { records: 0, next: Infinity, after: undefined }
    const addresses = found.flatMap(({ key }) => recordAddressOf(key) ?? [])
    await workspace.read(recordReads(addresses))
    let next = Infinity
    const over: [RecordAddress, RecordEntry][] = []
    for (const address of addresses) {
      const entry = recordIn(workspace, address)
      const { base, overlay } = entry
      if (base === undefined || base.deleted || overlay > 0) continue
      if (base.updatedAt > madeBefore) next = Math.min(next, base.updatedAt - madeBefore)
      else over.push([address, entry])
    }
    for (const [address, { base, ...entry }] of over) {
      if (base === undefined) continue
      const dataVersion = base.dataVersion ?? base.version
      putRecord(workspace, address, {
        ...entry,
        base: { ...base, deleted: true, dataVersion },
        shown: undefined,
      })
    }
    if (over.length > 0) putLogHead(workspace, scope, head)
    return { records: over.length, next, after: last }
  })
