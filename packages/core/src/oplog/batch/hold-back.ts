import type { Operation } from '../../model/operation.ts'
import type { Store } from '../../storage/store.ts'
import { hasRoomForHeld, hold } from '../held.ts'
import { blockedKey, logKey, queueKey } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import type { Unit } from './units.ts'

/**
 * A unit makes room for strangers until it is tried again.
 * @returns false where no more can be held back
 */
export const holdBack = (store: Store, scope: string, unit: Unit): Promise<boolean> =>
  store.update(async (workspace) => {
    const inQueue = ({ localSeq }: Operation): string => queueKey(scope, localSeq)
    await workspace.read([
      { get: logKey(scope) },
      ...unit.flatMap((one) => [{ get: inQueue(one) }, { get: blockedKey(one) }]),
    ])
    let head = logHead(workspace, scope)
    // Another tab may have had a part in it.
    const queued = unit.filter((one) => workspace.value(inQueue(one)) !== undefined)
    if (queued.length === 0) return true
    if (!hasRoomForHeld(head, queued)) return false
    for (const operation of queued) head = hold(workspace, head, operation)
    putLogHead(workspace, scope, head)
    return true
  })
