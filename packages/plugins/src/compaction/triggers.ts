import type { PluginClient, PluginContext, SyncEvent } from '@holdfast/core'

export interface TriggerOptions {
  readonly threshold: number
  readonly perRecord: number
}

type Written = Extract<SyncEvent, { readonly type: 'written' }>

/** Counts writes, and compacts a record or a scope once there are enough of them: the work stays linear in the writes. */
export const createTriggers = ({ started }: PluginContext, options: TriggerOptions): void => {
  void started.then((client) => watch(client, options))
}

const watch = (client: PluginClient, { threshold, perRecord }: TriggerOptions): void => {
  /** Writes since the last time, by scope, and of each scope by record. */
  const counts = new Map<string, { all: number; readonly records: Map<string, number> }>()

  // Closed meanwhile, or storage fails: whoever writes next hears of it.
  const compact = (request: Parameters<PluginClient['compact']>[0]): void =>
    void client.compact(request).catch(() => undefined)

  const count = ({ scope, collection, recordId }: Written): void => {
    const counted = counts.get(scope) ?? { all: 0, records: new Map<string, number>() }
    counts.set(scope, counted)
    counted.all += 1
    const key = `${collection}/${recordId}`
    const ofRecord = (counted.records.get(key) ?? 0) + 1
    counted.records.set(key, ofRecord)
    if (counted.all >= threshold) {
      counts.delete(scope)
      compact({ scope, trigger: 'threshold' })
    } else if (ofRecord >= perRecord) {
      counted.records.delete(key)
      compact({ scope, trigger: 'record', record: { collection, recordId } })
    }
  }

  client.events$.subscribe((event) => {
    if (event.type === 'written') count(event)
    // What was sent can't be folded any more.
    else if (event.type === 'pushed') counts.delete(event.scope)
  })
}
