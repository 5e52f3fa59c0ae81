import { visibleRecord } from '../../model/typed-fields.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { checkId } from '../encode-write.ts'
import { createCollectionWrites, type CollectionWritesDeps } from '../collection-writes.ts'
import { type RecordOf } from '../collection-types.ts'
import type { Preview } from './preview.ts'
import type { TransactionCollection } from './run-transaction.ts'

export interface TransactionCollectionDeps extends Omit<
  CollectionWritesDeps,
  'writer' | 'onWritten' | 'begin' | 'locate'
> {
  readonly preview: Preview
}

/** A collection over a transaction in the making. */
export const createTransactionCollection = <TDefinition extends AnyCollection>({
  preview,
  ...deps
}: TransactionCollectionDeps & { readonly definition: TDefinition }): TransactionCollection<TDefinition> => {
  const { move: _, ...writes } = createCollectionWrites({
    ...deps,
    locate: (collection, recordId) => preview.locate({ collection, recordId }),
    begin: preview.begin,
    writer: preview,
    onWritten: () => undefined,
  })
  return {
    ...writes,
    get: (id) =>
      preview.begin(async () => {
        const record = await preview.get({ collection: deps.name, recordId: checkId(id) })
        return (record && visibleRecord(record)) as RecordOf<TDefinition> | undefined
      }),
  }
}
