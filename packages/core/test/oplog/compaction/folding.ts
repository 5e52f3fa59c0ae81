import {
  SyncError,
  definePlugin,
  type CompactableRecord,
  type Fold,
  type Operation,
  type Plugin,
  type PluginClient,
  type PluginContext,
} from '@holdfast/core'
import { compactionPart } from '@holdfast/core/parts'
import type { TestClient } from '../../support/client.ts'
import { scope } from '../../support/transports.ts'

type Request = Parameters<PluginClient['compact']>[0]

/** A compaction of somebody's own, and what it was asked. */
export interface Folding {
  readonly plugin: Plugin
  readonly asked: readonly CompactableRecord[]
  /** Of everything that was never sent, unless told otherwise. @returns how many operations are no longer in the queue */
  readonly compact: (request?: Partial<Request>) => Promise<number>
}

export const folding = (decide: (record: CompactableRecord) => readonly Fold[] = intoNewest): Folding => {
  const asked: CompactableRecord[] = []
  let context: PluginContext | undefined
  return {
    asked,
    plugin: definePlugin({
      name: 'folding',
      parts: [compactionPart],
      setup(given) {
        context = given
      },
      hooks: {
        compactQueue(record) {
          asked.push(record)
          return { ...record, folds: decide(record) }
        },
      },
    }),
    compact(request) {
      if (context === undefined) throw new SyncError('CLOSED', 'The client is not there yet.', {})
      return context.client().compact({ trigger: 'threshold', scope, ...request })
    },
  }
}

/** All that these updates write, under the newest of them. */
export const foldOf = (operations: readonly Operation[], changes: Partial<Fold> = {}): Fold => {
  const payloads = operations.map(({ payload }) => JSON.parse(payload) as object)
  const fold = {
    kind: 'into',
    survivor: operations.at(-1)?.id ?? '',
    merged: operations.slice(0, -1).map(({ id }) => id),
    type: operations[0]?.type ?? '',
    payload: JSON.stringify(Object.assign({}, ...payloads)),
  } as const
  return { ...fold, ...changes } as Fold
}

export const intoNewest = ({ operations }: CompactableRecord): readonly Fold[] => [foldOf(operations)]

/** What is left of the queue, and what became of the rest. */
export const fatesOf = async ({
  client,
}: Pick<TestClient, 'client'>): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {}
  for (const { fate } of await client.operations.list()) counts[fate.kind] = (counts[fate.kind] ?? 0) + 1
  return counts
}
