import type { History } from './history.ts'
import { written, type Judged } from './judge.ts'

/** A record that the server's job has deleted. */
export const ended = (
  history: History,
  { collection, recordId, now }: Pick<Judged, 'collection' | 'recordId' | 'now'>,
): History => {
  const by = { clientId: '$server', user: '$server', timestamp: now, now }
  const deletion = {
    id: '',
    collection,
    recordId,
    type: 'delete',
    payload: 'null',
    baseVersion: history.version,
  }
  return written(history, undefined, { ...deletion, ...by }, []).history
}
