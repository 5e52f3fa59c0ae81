import type { Store } from '../../storage/store.ts'
import { logKey } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { fullPace, isSamePace, type Pace } from './pace.ts'

/** @throws SyncError SCOPE_NOT_JOINED */
export const storePace = (store: Store, scope: string, pace: Pace): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    const head = logHead(workspace, scope)
    if (!isSamePace(head.pace ?? fullPace, pace)) putLogHead(workspace, scope, { ...head, pace })
  })
