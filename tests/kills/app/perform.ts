import type { SyncClient } from '@holdfast/core'
import type { KillsCollections } from './schema.ts'
import type { Tell } from './told.ts'
import type { Step, Write } from './writes.ts'

export type KillsClient = SyncClient<KillsCollections>

type Writer = Pick<KillsClient['collections']['own'], 'create' | 'update' | 'delete' | 'run'>

const perform = (
  collections: Readonly<Record<Write['collection'], Writer>>,
  { mark, kind, collection, recordId }: Write,
): Promise<{ readonly operationId: string }> => {
  const writer = collections[collection]
  switch (kind) {
    case 'create':
      return writer.create({ id: recordId, title: mark, marks: [mark] })
    case 'update':
      return writer.update(recordId, { title: mark })
    case 'mark':
      return writer.run.mark(recordId, { mark })
    case 'delete':
      return writer.delete(recordId)
  }
}

/** Tells what is about to be written, writes it, and tells of each commit that is done. */
export const performStep = async (client: KillsClient, step: Step, tell: Tell): Promise<void> => {
  await tell({ kind: 'begins', together: step.kind === 'together', writes: step.writes })
  if (step.kind === 'apart') {
    const perOne = step.writes.map(async (write) => {
      const { operationId } = await perform(client.collections, write)
      await tell({ kind: 'wrote', receipts: [{ mark: write.mark, operationId }] })
    })
    await Promise.all(perOne)
    return
  }
  const receipts = await client.transaction(async ({ collections }) => {
    const written = []
    for (const write of step.writes) {
      const { operationId } = await perform(collections, write)
      written.push({ mark: write.mark, operationId })
    }
    return written
  })
  await tell({ kind: 'wrote', receipts })
}
