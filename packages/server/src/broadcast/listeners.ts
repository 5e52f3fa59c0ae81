import type { BroadcastListener, Unsubscribe } from './broadcaster.ts'

/** Those who listen in this process. One that throws keeps nothing from the others. */
export interface Listeners {
  readonly add: (listener: BroadcastListener) => Unsubscribe
  readonly tell: (say: (listener: BroadcastListener) => void) => void
  readonly clear: () => void
}

export const createListeners = (): Listeners => {
  const all = new Set<{ readonly listener: BroadcastListener }>()
  return {
    add(listener) {
      // The same listener may be added twice.
      const entry = { listener }
      all.add(entry)
      return () => void all.delete(entry)
    },
    tell(say) {
      for (const { listener } of [...all]) {
        try {
          say(listener)
        } catch {
          // A hint may be lost.
        }
      }
    },
    clear: () => all.clear(),
  }
}
