import type { Entry } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import type { Operation } from '../../model/operation.ts'
import { operationEntry, queueEntry, type LogHead } from '../entries.ts'
import { cursorKey, heldPrefix, logKey, metaKey, operationKey, queuePrefix, waitingPrefix } from '../keys.ts'
import { logHead, putLogHead } from '../log.ts'
import { needsRecovery, toOwned } from './owner.ts'
import { keepTogether, putAgain } from './put-again.ts'

/** Entries that one commit looks at. */
const portion = 200

type Place = 'queue' | 'held' | 'waiting'

const prefixes = { queue: queuePrefix, held: heldPrefix, waiting: waitingPrefix } as const

/**
 * Takes from each sent operation its number, in bounded commits: its id and its content are all that counts from here
 * on. One whose verdict is known and whose head is not shown yet is asked about again with them: which head covers it
 * only its number could tell. Nobody gives numbers meanwhile, as the scope needs recovery. After a crash it begins
 * again.
 */
export const unnumber = async (store: Store, scope: string): Promise<void> => {
  for (const place of ['waiting', 'held', 'queue'] as const) {
    const walk: Walk = { place, after: undefined, left: undefined }
    for (let next: Walk | undefined = walk; next !== undefined;) next = await step(store, scope, next)
  }
}

interface Walk {
  readonly place: Place
  readonly after: string | undefined
  /** So many entries of the list are sent ones, at most; undefined: nobody knows yet. */
  readonly left: number | undefined
}

const step = (store: Store, scope: string, { place, after, left }: Walk): Promise<Walk | undefined> =>
  store.update(async (workspace) => {
    const [meta, log, , entries] = await workspace.read([
      { get: metaKey },
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { scan: prefixes[place](scope), after, limit: portion },
    ])
    const head = logHead(workspace, scope)
    if (!needsRecovery(toOwned(meta, log))) return undefined
    const numbered = entries.filter(({ value }) => (queueEntry.decode(value).clientSeq ?? 0) > 0)
    if (numbered.length > 0) {
      await workspace.read(numbered.map((entry) => ({ get: operationKeyOf(scope, place, entry) })))
      if (place === 'waiting') await keepTogether(workspace, operationsOf(workspace, scope, numbered))
      putLogHead(workspace, scope, strip(workspace, { scope, place, numbered, head }))
      renewCursor(workspace, scope)
    }
    const total = place === 'queue' ? (left ?? head.sent) - entries.length : Infinity
    if (entries.length < portion || total <= 0) return undefined
    return { place, after: entries.at(-1)?.key, left: total }
  })

const operationKeyOf = (scope: string, place: Place, { key, value }: Entry): string => {
  const { collection, recordId } = queueEntry.decode(value)
  const localSeq = Number(key.slice(prefixes[place](scope).length))
  return operationKey({ scope, collection, recordId, localSeq })
}

const operationsOf = (workspace: Workspace, scope: string, entries: readonly Entry[]): readonly Operation[] =>
  entries.flatMap((entry) => {
    const stored = workspace.value(operationKeyOf(scope, 'waiting', entry))
    return stored === undefined ? [] : [operationEntry.decode(stored)]
  })

const strip = (
  workspace: Workspace,
  {
    scope,
    place,
    numbered,
    head,
  }: {
    readonly scope: string
    readonly place: Place
    readonly numbered: readonly Entry[]
    readonly head: LogHead
  },
): LogHead => {
  for (const entry of numbered) {
    const stored = workspace.value(operationKeyOf(scope, place, entry))
    if (stored === undefined) continue
    const operation = operationEntry.decode(stored)
    if (place === 'waiting') putAgain(workspace, operation)
    else {
      workspace.put(entry.key, queueEntry.encode({ ...queueEntry.decode(entry.value), clientSeq: undefined }))
      workspace.put(operationKey(operation), operationEntry.encode({ ...operation, clientSeq: undefined }))
    }
  }
  switch (place) {
    case 'held':
      return { ...head, heldSent: head.heldSent - numbered.length }
    case 'waiting':
      return { ...head, sent: head.sent + numbered.length }
    case 'queue':
      return head
  }
}

/** What was asked for before counts no more. `cursorKey` must have been read. */
export const renewCursor = (workspace: Workspace, scope: string): void => {
  const stored = workspace.value(cursorKey(scope))
  if (stored !== undefined) workspace.put(cursorKey(scope), stored)
}
