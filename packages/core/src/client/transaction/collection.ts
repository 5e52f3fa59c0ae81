import type { AnyCollection } from '../../model/schema.ts'
import {
  checkId,
  createCollectionWrites,
  type CollectionWritesDeps,
  type RecordOf,
} from '../collection-client.ts'
import type { Preview } from './preview.ts'
import type { TransactionCollection } from './run-transaction.ts'

export interface TransactionCollectionDeps extends Omit<CollectionWritesDeps, 'writer' | 'onWritten'> {
  readonly preview: Preview
}

/** A collection over a transaction in the making. */
export const createTransactionCollection = <TDefinition extends AnyCollection>({
  preview,
  ...deps
}: TransactionCollectionDeps & { readonly definition: TDefinition }): TransactionCollection<TDefinition> => {
  const { move: _, ...writes } = createCollectionWrites({
    ...deps,
    writer: preview,
    onWritten: () => undefined,
  })
  const get = async (id: string): Promise<RecordOf<TDefinition> | undefined> =>
    (await preview.get({ collection: deps.name, recordId: checkId(id) })) as RecordOf<TDefinition> | undefined
  return { ...writes, get }
}
