import type { Broadcaster } from './broadcaster.ts'
import { createListeners } from './listeners.ts'

/** For a server of one process: whoever publishes and whoever listens share its memory. The default. */
export const inProcessBroadcaster = (): Broadcaster => {
  const listeners = createListeners()
  let isOpen = true
  return {
    publish(hint) {
      if (isOpen) listeners.tell(({ onHint }) => onHint(hint))
    },
    subscribe: listeners.add,
    async close() {
      if (!isOpen) return
      isOpen = false
      listeners.tell(({ onClose }) => onClose())
      listeners.clear()
    },
  }
}
