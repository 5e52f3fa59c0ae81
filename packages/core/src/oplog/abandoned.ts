import type { Store } from '../storage/store.ts'
import { logKey } from './keys.ts'
import { logHead, putLogHead } from './log.ts'

/** The server has spent the numbers of these abandoned operations. */
export const forgetAbandoned = (store: Store, scope: string, ids: ReadonlySet<string>): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    const { abandoned = [], ...head } = logHead(workspace, scope)
    const left = abandoned.filter(({ id }) => !ids.has(id))
    if (left.length === abandoned.length) return
    putLogHead(workspace, scope, left.length === 0 ? head : { ...head, abandoned: left })
  })
