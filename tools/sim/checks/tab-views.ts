import { hasCode } from '@holdfast/core'
import type { Observable } from 'rxjs'
import { canonical, reshaped, nothing, type Data } from '../model/values.ts'
import { isSaid, listName, textOfList, type ShownHistory } from './shown-history.ts'
import { must, toViolation, type Violation } from './violation.ts'

interface View {
  readonly name: string
  /** What was emitted since the last check. */
  fresh: string[]
  current: string | undefined
  /** The place in the device's history that the view shows. */
  at: number
  failed: Violation | undefined
  ended: boolean
}

/** How a list, or a record, looks that is not there. */
const isNothing = (text: string): boolean => text === '' || text === nothing

const isStorageError = (error: unknown): boolean =>
  hasCode(error, 'STORAGE_FULL') || hasCode(error, 'STORAGE_FAILED') || hasCode(error, 'UPGRADE_REQUIRED')

/** What a tab shows, held against what its device's database said at each of its revisions. */
export interface TabViews {
  readonly watch: (
    collection: string,
    records$: Observable<readonly object[]>,
    isAlive: () => boolean,
  ) => void
  readonly watchOne: (record: string, record$: Observable<object | undefined>, isAlive: () => boolean) => void
  /** A write of this tab is durable since this revision, and its caller knows. */
  readonly onWritten: (revision: number) => void
  /**
   * Every emission is what the database said at some revision, and no earlier one than before.
   * @throws Violation
   */
  readonly check: () => void
  /** A write of this tab that is durable is shown. Nothing may be under way. @throws Violation */
  readonly checkIdle: () => void
  /** Everything is shown that any tab of the device knows. @throws Violation */
  readonly checkNewest: () => void
}

export interface TabViewsContext {
  readonly history: ShownHistory
  readonly tab: string
  readonly scopes: readonly string[]
  readonly scopeOf: (record: Data) => string
}

export const createTabViews = ({ history, tab, scopes, scopeOf }: TabViewsContext): TabViews => {
  const views: View[] = []
  let written = 0
  /** Something was emitted, or failed, since the last check. */
  let isNews = false
  /** What was found in order, and need not be looked at again. */
  let checked = { changes: -1, written: -1 }

  const createView = (name: string): View => {
    const view: View = { name, fresh: [], current: undefined, at: 0, failed: undefined, ended: false }
    views.push(view)
    return view
  }

  /** Each of the views gets its text of what is emitted, in the same order. */
  const watchAs = <TValue>(
    shownIn: readonly View[],
    values$: Observable<TValue>,
    isAlive: () => boolean,
    textsOf: (value: TValue) => readonly string[],
  ): void => {
    const last: string[] = []
    values$.subscribe({
      next(value) {
        if (!isAlive()) return
        textsOf(value).forEach((text, index) => {
          if (last[index] === text) return
          last[index] = text
          shownIn[index]?.fresh.push(text)
          isNews = true
        })
      },
      error(error: unknown) {
        // A failed read ends a live query, as it ends a promise: the app asks again.
        if (!isAlive()) return
        isNews = true
        for (const view of shownIn) {
          if (isStorageError(error)) view.ended = true
          else view.failed = toViolation(error)
        }
      },
    })
  }

  const textsByScope = (records: readonly Data[]): readonly string[] => {
    if (scopes.length === 1) return [textOfList(records)]
    return scopes.map((scope) => textOfList(records.filter((record) => scopeOf(record) === scope)))
  }

  const take = (view: View): void => {
    if (view.failed !== undefined) throw view.failed
    if (view.fresh.length === 0) return
    for (const text of view.fresh) {
      const isFirst = view.current === undefined
      // Before all changes, which the history has none of, it was empty.
      const isEmpty = isFirst && isNothing(text)
      const place = isEmpty ? undefined : history.find(view.name, text, view.at, 0)
      must(place !== undefined || isEmpty, 'causal', () => {
        const past = history.find(view.name, text, 0, 0) === undefined ? 'was never so' : 'was so before'
        return `${tab} shows ${view.name} as\n  ${text}\n  which ${past}; now it is\n  ${history.latest(view.name)}`
      })
      view.at = place ?? 0
      view.current = text
    }
    view.fresh = []
  }

  return {
    watch(collection, records$, isAlive) {
      const shownIn = scopes.map((scope) => createView(listName(collection, scope)))
      watchAs(shownIn, records$, isAlive, (records) => textsByScope(records as readonly Data[]))
    },
    watchOne: (record, record$, isAlive) =>
      watchAs([createView(record)], record$, isAlive, (value) => [
        canonical(value && reshaped(value as Data)),
      ]),
    onWritten(revision) {
      written = Math.max(written, revision)
    },
    check() {
      if (!isNews) return
      views.forEach(take)
      isNews = false
    },
    checkIdle() {
      const changes = history.changes()
      if (checked.changes === changes && checked.written === written) return
      checked = { changes, written }
      for (const { name, current, at, ended } of views) {
        if (ended || current === undefined || history.latest(name) === undefined) continue
        if (at === 0 && isNothing(current) && history.wasEmptyAt(name, written)) continue
        const place = history.find(name, current, at, written)
        must(
          place !== undefined,
          'causal',
          () => `${tab} does not show its own write in ${name}:\n  ${current}`,
        )
      }
    },
    checkNewest() {
      for (const { name, current, ended } of views) {
        const newest = history.latest(name) ?? current
        const isNewest = ended || current === undefined || isSaid(newest, current)
        must(
          isNewest,
          'causal',
          () => `${tab} still shows ${name} as\n  ${current}\n  now it is\n  ${newest}`,
        )
      }
    },
  }
}
