import type { RecordData } from '@holdfast/core'

export type Row = RecordData & { readonly id: string }

export type RowChange<TRow extends Row> =
  | { readonly type: 'insert'; readonly value: TRow }
  | { readonly type: 'update'; readonly value: TRow }
  | { readonly type: 'delete'; readonly key: string }

/** What leads from the one list to the other. A row that is the same object is the same row. */
export const rowChanges = <TRow extends Row>(
  before: ReadonlyMap<string, TRow>,
  after: ReadonlyMap<string, TRow>,
): readonly RowChange<TRow>[] => {
  const changes: RowChange<TRow>[] = []
  for (const key of before.keys()) if (!after.has(key)) changes.push({ type: 'delete', key })
  for (const [key, value] of after) {
    const known = before.get(key)
    if (known === undefined) changes.push({ type: 'insert', value })
    else if (known !== value) changes.push({ type: 'update', value })
  }
  return changes
}
