import type { ConnectionStatus, ConnectionStatusChangeListener, NetworkPlugin } from '@capacitor/network'

export const status = {
  wifi: { connected: true, connectionType: 'wifi' },
  cellular: { connected: true, connectionType: 'cellular' },
  none: { connected: false, connectionType: 'none' },
  /** Ethernet, or a VPN; on Android also a network that was not found good yet. */
  unknown: { connected: true, connectionType: 'unknown' },
  notValidated: { connected: false, connectionType: 'wifi' },
} as const satisfies Record<string, ConnectionStatus>

/**
 * A fake, not the plugin: what of Capacitor Network 8 goes over the bridge, which answers later. A listener is there from the call
 * on and hears of changes only; Android tells of each change of the network's capabilities, and of a loss between two
 * networks.
 */
export const fakeCapacitorNetwork = (initial: ConnectionStatus) => {
  const listeners = new Set<ConnectionStatusChangeListener>()
  let now = initial
  let answers: (() => void)[] = []
  const bridge = <TValue>(make: () => TValue): Promise<TValue> =>
    new Promise((resolve) => {
      const answer = make()
      answers.push(() => resolve(answer))
    })
  const plugin: Pick<NetworkPlugin, 'getStatus' | 'addListener'> = {
    getStatus: () => bridge(() => now),
    addListener(_event, listener) {
      listeners.add(listener)
      const remove = async (): Promise<void> => void listeners.delete(listener)
      return bridge(() => ({ remove }))
    },
  }
  return {
    plugin,
    listeners,
    say(next: ConnectionStatus) {
      now = next
      for (const listener of listeners) listener(next)
    },
    /** What was asked is answered, with what was so when it was asked. */
    async answer() {
      for (const each of answers.splice(0)) each()
      answers = []
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
