import type { Observable } from 'rxjs'
import type { Schema } from '../model/schema.ts'
import type { SyncState } from '../model/sync-state.ts'
import type { RecordAddress } from '../oplog/keys.ts'
import { listConflicts } from '../oplog/list-conflicts.ts'
import type { HookRunner } from '../plugin/hook-runner.ts'
import type { Store } from '../storage/store.ts'
import type { EventStream } from './event-stream.ts'

export interface TellContext {
  readonly store: Store
  readonly schema: Schema
  readonly hooks: HookRunner
  readonly events: EventStream
}

/** Tells of conflicts that were opened: who listens to events, and the `onConflict` hooks. */
export const tellConflicts =
  ({ store, schema, hooks, events }: TellContext, scope: string) =>
  (records: readonly RecordAddress[]): void => {
    for (const { collection, recordId } of records)
      events.tell(() => ({ type: 'conflictOpened', scope, collection, recordId }))
    if (!hooks.has('onConflict')) return
    const opened = new Set(records.map(({ collection, recordId }) => `${collection}/${recordId}`))
    const tellHooks = async (): Promise<void> => {
      for (const conflict of await listConflicts(store, schema, scope)) {
        if (!opened.has(`${conflict.collection}/${conflict.recordId}`)) continue
        for (const failure of await hooks.observe('onConflict', conflict)) events.problem(failure)
      }
    }
    tellHooks().catch(events.problem)
  }

/** Tells the `onStateChange` hooks of each state of the client. */
export const tellState = (
  { hooks, events }: Pick<TellContext, 'hooks' | 'events'>,
  state$: Observable<SyncState>,
): void => {
  if (!hooks.has('onStateChange')) return
  state$.subscribe((state) => {
    void hooks.observe('onStateChange', state).then((failures) => failures.forEach(events.problem))
  })
}
