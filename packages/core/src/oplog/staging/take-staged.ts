import type { BaseRow } from '../../model/record.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { recordEntry } from '../entries.ts'
import { recordKey, stageKey, type RecordAddress } from '../keys.ts'
import { logHead } from '../log.ts'

/**
 * The staged rows of these records, by `recordKey`, where a generation is being folded: their bases from now on. They
 * are no longer staged after this step, which has to store them. Undefined: the server has no such record. The log's
 * head must have been read.
 */
export const takeStaged = async (
  workspace: Workspace,
  scope: string,
  addresses: readonly RecordAddress[],
): Promise<ReadonlyMap<string, BaseRow | undefined>> => {
  const taken = new Map<string, BaseRow | undefined>()
  if (logHead(workspace, scope).folding === undefined) return taken
  // Whoever folds has them already: they were found by a scan.
  const unread = addresses.map(stageKey).filter((key) => !workspace.knows(key))
  await workspace.read(unread.map((key) => ({ get: key })))
  for (const address of addresses) {
    const stored = workspace.value(stageKey(address))
    if (stored === undefined) continue
    const { base } = recordEntry.decode(stored)
    taken.set(recordKey(address), base)
    workspace.remove(stageKey(address))
  }
  return taken
}
