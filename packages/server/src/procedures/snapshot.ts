import {
  encodePortable,
  type ServerRow,
  type SnapshotOutput,
  type SnapshotRow,
} from '@holdfast/core/protocol'
import type { Limits } from '../limits.ts'
import { assertReads, editionFor, type Reader } from '../outgoing/reader.ts'
import type { ReadTransaction, RecordAddress } from '../store/contract.ts'
import { assertReachable, positionAt, signCursor } from '../tokens/cursor.ts'
import { openPageToken, signPageToken } from '../tokens/page-token.ts'
import { assertScope, bindingOf, callerOf } from './access.ts'
import { answering } from './answering.ts'
import type { Deps } from './deps.ts'
import { readInput } from './envelope.ts'

/**
 * The living records of a scope, page by page in the order of their keys. All pages carry the cursor of the moment
 * when the first was read: what changes while the device pages is told by `pull` from there.
 */
export const snapshot = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  input: unknown,
): Promise<SnapshotOutput> =>
  answering(deps, 'snapshot', async () => {
    const { options, signer } = deps
    const user = callerOf(deps, ctx)
    const { scope, clientId, pageToken, limit, schemaVersion } = readInput('snapshot', input)
    const { visible } = options
    const reader: Reader = { schemaVersion, serverVersion: options.schema.version, visible }
    assertReads(reader, reader.serverVersion)
    return await options.store.read(scope, async (tx) => {
      await assertScope(deps, ctx, tx, scope)
      await bindingOf(tx, clientId, user)
      const owner = { user, scope }
      const before = pageToken === undefined ? undefined : openPageToken(signer, owner, pageToken)
      const start = before?.start ?? tx.state
      await assertReachable(tx, positionAt(start, before?.seen))
      const seen = tx.state
      const { rows, last } = await readRows(tx, { after: before?.after, limit, reader }, options.limits)
      const total = before === undefined ? await countAll(tx, rows, last) : before.total
      return {
        kind: 'answer' as const,
        rows,
        ...(total === undefined ? {} : { total }),
        ...(last === undefined
          ? {}
          : { pageToken: signPageToken(signer, owner, { start, seen, after: last, total }) }),
        cursor: signCursor(signer, owner, positionAt(start, seen), options.environment.clock.now()),
        head: tx.state.head,
        serverTime: options.environment.clock.now(),
      }
    })
  })

/** Further is not counted: a device would wait for its first page as long as that takes. */
const mostCounted = 250_000

const countAll = async (
  tx: ReadTransaction,
  rows: readonly SnapshotRow[],
  last: RecordAddress | undefined,
): Promise<number | undefined> => {
  if (last === undefined) return rows.length
  const counted = await tx.countRecords(mostCounted + 1)
  return counted > mostCounted ? undefined : counted
}

const toRow = (stored: ServerRow, reader: Reader): SnapshotRow => {
  const { isWhole: _, ...edition } = editionFor(reader, stored)
  const { collection, id, version, seq, updatedBy, updatedAt, data } = reader.visible(stored)
  return { collection, id, version, seq, updatedBy, updatedAt, ...edition, data: encodePortable(data) }
}

const sizeOf = ({ data }: SnapshotRow): number => 200 + data.length

/** Rows read at once at first; then twice as many. Large records fill a page long before its number of rows. */
const firstChunk = 64

interface Wanted {
  readonly after: RecordAddress | undefined
  readonly limit: number | undefined
  readonly reader: Reader
}

/** As many rows after a key as fit. `last`: the last of them, where there are more. */
const readRows = async (
  tx: ReadTransaction,
  { after, limit, reader }: Wanted,
  { page, maxPage, pageBytes }: Limits,
): Promise<{ readonly rows: SnapshotRow[]; readonly last: RecordAddress | undefined }> => {
  const most = Math.min(limit ?? page, maxPage)
  const rows: SnapshotRow[] = []
  let bytes = 0
  for (let chunk = firstChunk; ; chunk *= 2) {
    // One more than needed, to know whether there is more.
    const wanted = Math.min(chunk, most + 1 - rows.length)
    const found = await tx.recordsAfter(rows.at(-1) ?? after, wanted)
    for (const stored of found) {
      const row = toRow(stored, reader)
      bytes += sizeOf(row)
      if (rows.length === most || (rows.length > 0 && bytes > pageBytes)) return { rows, last: rows.at(-1) }
      rows.push(row)
    }
    if (found.length < wanted) return { rows, last: undefined }
  }
}
