import {
  definePlugin,
  SyncError,
  type LayeredRecord,
  type Plugin,
  type PluginContext,
  type SyncEvent,
} from '@holdfast/core'

export interface InspectableOptions {
  /** How many events stay for an inspector that is opened later: the newest. Default 500. */
  readonly keep?: number
}

export interface InspectableApi {
  /** A record in its layers; undefined where this device knows nothing of it. */
  readonly layersOf: (collection: string, recordId: string) => Promise<LayeredRecord | undefined>
  /** What happened since the client was made, as far as it is kept: oldest first. */
  readonly recent: () => readonly SyncEvent[]
}

const defaultKeep = 500

/**
 * Lets an inspector see what the client's own interface does not show: the layers of a record, and what happened before it
 * was opened. Small, since the app loads it with its client; the inspector itself is `@holdfast/plugins/inspector`.
 * @throws SyncError MISCONFIGURED
 */
export const inspectable = ({ keep = defaultKeep }: InspectableOptions = {}): Plugin<
  'inspectable',
  InspectableApi
> => {
  if (!Number.isSafeInteger(keep) || keep < 0)
    throw new SyncError('MISCONFIGURED', 'keep of the inspectable must be a whole number of 0 or more.', {
      option: 'keep',
    })
  return definePlugin({
    name: 'inspectable',
    setup({ client, started, log }: PluginContext): InspectableApi {
      const events: SyncEvent[] = []
      const follow = async (): Promise<void> => {
        const { events$ } = await started
        events$.subscribe((event) => {
          events.push(event)
          if (events.length > keep) events.shift()
        })
      }
      follow().catch((error: unknown) => log(`events are not kept: ${String(error)}`))
      return {
        layersOf: (collection, recordId) => client().layersOf(collection, recordId),
        recent: () => [...events],
      }
    },
  })
}
