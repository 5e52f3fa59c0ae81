import type { Schema } from '../../model/schema.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { logKey, recordAddressOf, stageKey, stagePrefix, type RecordAddress } from '../keys.ts'
import { logHead, putLogHead, storedLogHead } from '../log.ts'
import { rebase } from '../rebase.ts'

/**
 * Whoever changes a record while a generation is folded does this first, in the same step: then the record's entry
 * is what is shown. The logs' heads must have been read.
 */
export const foldRecords = async (
  workspace: Workspace,
  schema: Schema,
  addresses: readonly RecordAddress[],
): Promise<void> => {
  for (const scope of new Set(addresses.map((address) => address.scope))) {
    // Another tab may have left one of several scopes in which a record could be.
    if (storedLogHead(workspace, scope).folding === undefined) continue
    const ofScope = addresses.filter((address) => address.scope === scope)
    await workspace.read(ofScope.map((address) => ({ get: stageKey(address) })))
    const touched = ofScope.filter((address) => workspace.value(stageKey(address)) !== undefined)
    if (touched.length === 0) continue
    // Read apart from the log's head, the rows may be of a later generation, which does not count yet.
    workspace.expect(logKey(scope))
    await rebase(workspace, schema, { scope, changes: [], touched })
  }
}

export interface Portion {
  /** The staged rows that it took up, as they were stored. */
  readonly rows: readonly Entry[]
  /** Nothing is left. */
  readonly isLast: boolean
}

/**
 * Folds some of the staged rows into their records; once there are none, the generation is done. Nobody sees a
 * difference: what is shown changes with the log only. A lost race means that somebody else folded one of the records.
 */
export const foldSome = (store: Store, schema: Schema, scope: string, most: number): Promise<Portion> => {
  let limit = most
  return store.update(async (workspace): Promise<Portion> => {
    const [, rows] = await workspace.read([{ get: logKey(scope) }, { scan: stagePrefix(scope), limit }])
    limit = Math.max(1, limit >> 1)
    const head = logHead(workspace, scope)
    if (head.folding === undefined) return { rows: [], isLast: true }
    if (rows.length === 0) putLogHead(workspace, scope, { ...head, folding: undefined })
    else {
      const touched = rows.flatMap(({ key }) => recordAddressOf(key) ?? [])
      await rebase(workspace, schema, { scope, changes: [], touched })
    }
    return { rows, isLast: rows.length === 0 }
  })
}
