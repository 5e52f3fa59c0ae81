import type { Operation } from '../model/operation.ts'
import type { Result } from '../protocol/verdict.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import { addressEntry, operationEntry } from './entries.ts'
import { deadKey, doneKey, logKey, operationIdKey } from './keys.ts'
import { logHead, putLogHead } from './log.ts'

/**
 * The server has spent the numbers of abandoned operations, unless they are to be sent again. What it had decided before, and may
 * have applied, is no longer told to be refused where it was kept.
 */
export const forgetAbandoned = (store: Store, scope: string, results: readonly Result[]): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    const spent = new Map(results.flatMap((one) => (one.kind === 'retry' ? [] : [[one.id, one]])))
    const { abandoned = [], ...head } = logHead(workspace, scope)
    const left = abandoned.filter(({ id }) => !spent.has(id))
    if (left.length === abandoned.length) return
    putLogHead(workspace, scope, left.length === 0 ? head : { ...head, abandoned: left })
    const decided = [...spent.values()].filter(wasDecided).map(({ id }) => id)
    for (const letter of await readLetters(workspace, decided)) {
      const { localSeq } = letter
      workspace.put(doneKey(scope, localSeq), operationEntry.encode({ ...letter, fate: outcomeUnknown }))
    }
  })

/** An operation without content is INVALID; it is told something else where its id stands for another one. */
const wasDecided = (result: Result): boolean => result.kind === 'rejected' && result.code !== 'INVALID'

/** Those that were kept with the scope's removal, among the dead letters. */
const readLetters = async (workspace: Workspace, ids: readonly string[]): Promise<readonly Operation[]> => {
  const found = await workspace.read(ids.map((id) => ({ get: operationIdKey(id) })))
  const places = found.flatMap((entry) => (entry === undefined ? [] : [addressEntry.decode(entry.value)]))
  await workspace.read(
    places.flatMap((place) => [
      { get: doneKey(place.scope, place.localSeq) },
      { get: deadKey(place.scope, place.localSeq) },
    ]),
  )
  return places.flatMap(({ scope, localSeq }) => {
    const done = workspace.value(doneKey(scope, localSeq))
    if (done === undefined || workspace.value(deadKey(scope, localSeq)) === undefined) return []
    const letter = operationEntry.decode(done)
    return letter.fate.kind === 'rejected' && letter.fate.code === 'FORBIDDEN_OR_MISSING' ? [letter] : []
  })
}

const outcomeUnknown: Operation['fate'] = {
  kind: 'rejected',
  code: 'OUTCOME_UNKNOWN',
  message:
    'It was sent before the scope was taken from you, and the server had decided it. Look at the record before you ' +
    'write it again.',
}
