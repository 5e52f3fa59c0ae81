import type { CommitBatch } from '@holdfast/core/storage'
import { mirrorOf, recordOf, scopeOf, type DeviceMirror, type Mirror } from '../checks/mirror.ts'
import { shownIn } from '../checks/shown.ts'
import { createShownHistory, listName, type ShownHistory } from '../checks/shown-history.ts'
import { canonical, nothing } from '../model/values.ts'

/** Writes down what a device shows, from commit to commit. */
export interface Recorder {
  readonly history: ShownHistory
  /** @param flipped scopes whose staged rows count from this commit on */
  readonly remember: (batch: CommitBatch, revision: number, flipped: readonly Mirror[]) => void
}

export const createRecorder = (mirror: DeviceMirror): Recorder => {
  const history = createShownHistory()
  /** The text of each record as it is shown, by collection and scope. */
  const texts = new Map<string, Map<string, string>>()

  const remember = (batch: CommitBatch, revision: number, flipped: readonly Mirror[]): void => {
    const lists = new Set<string>()
    const remembered = (there: Mirror, record: string): void => {
      const list = listName(record.slice(0, record.indexOf('/')), there.scope)
      const text = canonical(shownIn(there, record))
      const known = texts.get(list) ?? new Map<string, string>()
      texts.set(list, known)
      if (known.get(record) === text) return
      lists.add(list)
      known.set(record, text)
      history.add(record, revision, text)
    }
    for (const { key, value } of batch.writes) {
      if (key.startsWith('log/')) forgetLeft(scopeOf(mirror, key, value) ?? '', revision)
      const record = key.startsWith('rec/') ? recordOf(key) : undefined
      if (record === undefined) continue
      const there = mirrorOf(mirror, scopeOf(mirror, key, value) ?? '')
      if (there.log?.left !== true) remembered(there, record)
    }
    for (const there of flipped) for (const record of there.staged.keys()) remembered(there, record)
    for (const list of lists) {
      const all = [...(texts.get(list)?.values() ?? [])].filter((text) => text !== nothing)
      history.add(list, revision, all.sort().join('\n'))
    }
  }

  /** Nothing of a scope is shown from the commit on in which it is left. */
  const forgetLeft = (scope: string, revision: number): void => {
    if (mirrorOf(mirror, scope).log?.left !== true) return
    for (const [list, known] of texts) {
      if (!list.endsWith(` ${scope}`)) continue
      for (const record of known.keys()) history.add(record, revision, nothing)
      history.add(list, revision, '')
      texts.delete(list)
    }
  }

  return { history, remember }
}
