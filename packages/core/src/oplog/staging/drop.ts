import type { Store } from '../../storage/store.ts'
import { cursorKey, logKey, stagePrefix, stagingKey } from '../keys.ts'
import { logHead } from '../log.ts'
import { stagingEntry, type Staging } from './entry.ts'
import type { Portion } from './fold.ts'

/** What a generation is worth now: another tab may have swapped in a head meanwhile. */
export const isOutdated = (staging: Staging, cursorRevision: number): boolean =>
  staging.kind === 'drop' || (staging.kind !== 'idle' && staging.from !== cursorRevision)

/**
 * Removes some rows of a generation that leads on from another cursor than the stored one, or that nobody wants
 * (`unwanted`). Its entry stays, idle, once all are gone.
 */
export const dropSome = (
  store: Store,
  scope: string,
  { most, unwanted }: { readonly most: number; readonly unwanted?: number | undefined },
): Promise<Portion> => {
  let limit = most
  return store.update(async (workspace): Promise<Portion> => {
    const [, cursor, stored, rows] = await workspace.read([
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { get: stagingKey(scope) },
      { scan: stagePrefix(scope), limit },
    ])
    // What a scope had that was left is removed with the scope.
    logHead(workspace, scope)
    const wanted = limit
    limit = Math.max(1, limit >> 1)
    if (stored === undefined) return { rows: [], isLast: true }
    const staging = stagingEntry.decode(stored.value)
    const { kind, generation } = staging
    const isUnwanted = kind !== 'idle' && generation === unwanted
    if (!isUnwanted && !isOutdated(staging, cursor?.revision ?? 0)) return { rows: [], isLast: true }
    for (const { key } of rows) workspace.remove(key)
    const isLast = rows.length < wanted
    // Until it is idle no other generation can begin: the rows that are left are of this one.
    if (isLast) workspace.put(stagingKey(scope), stagingEntry.encode({ kind: 'idle', generation }))
    else if (kind !== 'drop')
      workspace.put(stagingKey(scope), stagingEntry.encode({ kind: 'drop', generation }))
    return { rows, isLast }
  })
}
