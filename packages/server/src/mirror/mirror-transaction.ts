import { isMoved, type ServerRow } from '@holdfast/core/protocol'
import type { AppRow, AppRows, AppWrite } from '../store/app-rows.ts'
import type { Changes, RecordAddress, ScopeState, WriteTransaction } from '../store/contract.ts'
import { ConstraintError } from '../store/constraint-error.ts'
import { HeldError } from '../store/held-error.ts'
import { recordKey } from '../store/record-key.ts'
import { newNonce } from '../procedures/push/move.ts'
import { scopeOf, strayOf } from './compare.ts'
import type { MirroredCollection } from './fields.ts'
import { addressOf, byKey, createKnownRows, keyOf } from './known-rows.ts'
import { assertOwnReferences } from './references.ts'
import { takeIn, type TakingIn } from './take-in.ts'
import { asWritten, writeOf } from './written.ts'

/** Records whose row somebody wrote meanwhile: the transaction has to start again, and take them in first. */
export class Strayed extends Error {
  override readonly name = 'Strayed'
  readonly scope: string
  readonly keys: readonly RecordAddress[]

  constructor(scope: string, keys: readonly RecordAddress[]) {
    super('Somebody else wrote the rows of these records.')
    this.scope = scope
    this.keys = keys
  }
}

export interface Mirroring<TDatabase> extends TakingIn {
  readonly collections: ReadonlyMap<string, MirroredCollection>
  readonly tx: WriteTransaction<TDatabase>
  readonly app: AppRows
  readonly scope: string
  /** Taken in first. What of them strays nonetheless does not fit the schema. */
  readonly first: readonly RecordAddress[]
  /** Records that the transaction moves out of one of its scopes, as `scope/key`. */
  readonly leaving: Set<string>
}

/** A transaction that keeps the app's rows and the records the same. */
export const openMirror = async <TDatabase>(
  options: Mirroring<TDatabase>,
): Promise<WriteTransaction<TDatabase>> => {
  const { collections, tx, app, scope, first, leaving, environment } = options
  const settled = new Set(first.map(recordKey))
  const known = createKnownRows({ collections, tx, app, scope })
  /** Also where app code swallowed it. */
  let over: Strayed | undefined

  const save = async (changes: Changes, rows: readonly ServerRow[]): Promise<void> => {
    await tx.save({ ...changes, rows })
    const own = rows.filter(({ collection }) => collections.has(collection))
    if (own.length === 0) return
    await app.settle({
      living: own.filter(({ deleted }) => !deleted),
      gone: own.filter(({ deleted }) => deleted),
    })
  }

  const takeInFirst = async (): Promise<ScopeState> => {
    const rows = takeIn(options, tx.state, await known.load(first))
    if (rows.length === 0) return tx.state
    const raised = { head: tx.state.head + rows.length, nonce: newNonce(environment) }
    const changes = { operations: [], resends: [], head: raised, at: environment.clock.now() }
    await save({ ...changes, rows }, rows)
    for (const row of rows) known.note(row, known.find(row)?.row)
    await app.touchBelow(rows.filter(({ deleted }) => deleted))
    return { ...tx.state, ...raised }
  }

  const assertSame = async (keys: readonly RecordAddress[]): Promise<void> => {
    const found = await known.load(keys)
    const strayed = found.filter(
      (one) => !settled.has(keyOf(one)) && strayOf(one.collection, one).kind !== 'same',
    )
    if (strayed.length > 0) over = new Strayed(scope, strayed.map(addressOf))
    if (over !== undefined) throw over
    for (const one of found) settled.add(keyOf(one))
  }

  const writeFor = (next: ServerRow): AppWrite | undefined => {
    const found = known.find(next)
    if (found === undefined) return undefined
    const { collection, record, row } = found
    const key = recordKey(next)
    if (next.deleted && isMoved(next)) leaving.add(`${scope}/${key}`)
    const from = row === undefined ? undefined : scopeOf(collection, row)
    return writeOf({ collection, scope, record, row, next, arrives: leaving.has(`${from}/${key}`) })
  }

  /** In the words of the schema: a device does not know the other columns. */
  const write = async (writes: readonly AppWrite[]): Promise<readonly AppRow[]> => {
    try {
      return await app.write(writes)
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error
      const names = new Set([...collections.values()].flatMap(({ fields }) => ['id', ...fields]))
      throw error.naming((field) => names.has(field))
    }
  }

  const state = await takeInFirst()
  return {
    ...tx,
    state,
    isHeld: known.isHeld,
    async records(keys) {
      await assertSame(keys.filter(({ collection }) => collections.has(collection)))
      const others = keys.filter((key) => known.find(key) === undefined)
      const own = keys.flatMap((key) => known.find(key)?.record ?? [])
      return others.length === 0 ? own : [...own, ...(await tx.records(others))]
    },
    async save(changes) {
      const own = changes.rows.filter(({ collection }) => collections.has(collection))
      if (own.length === 0) return await tx.save(changes)
      await assertSame(own)
      if (own.some(known.isHeld)) throw new HeldError()
      await assertOwnReferences(collections, scope, known, own)
      await app.touchBelow(own.filter(({ deleted }) => deleted))
      const inOrder = own.toSorted((left, right) => left.seq - right.seq)
      const writes = inOrder.flatMap((row) => writeFor(row) ?? [])
      const expected = new Set(writes.filter(({ kind }) => kind !== 'delete').map(recordKey))
      const written = byKey(await write(writes))
      const lost: RecordAddress[] = []
      const rows = changes.rows.map((row) => {
        const found = known.find(row)
        if (found === undefined) return row
        const after = written.get(recordKey(row))
        if (after === undefined && expected.has(recordKey(row))) lost.push(row)
        const kept = after === undefined || row.deleted ? row : asWritten(found.collection, scope, row, after)
        known.note(kept, row.deleted && !isMoved(row) ? undefined : (after ?? found.row))
        return kept
      })
      await save(changes, rows)
      // Something else that this batch did removed their rows (a cascade), and its mark went with those of the batch.
      await app.touch(lost)
    },
  }
}
