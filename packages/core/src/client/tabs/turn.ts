/** What a tab may have alone, until it lets go of it or another one takes it away. */
export interface Turn {
  /** Waits for it, or takes it from whoever has it. Calls `onTaken` once it is had, `onLost` when somebody took it away. */
  readonly take: (how: 'wait' | 'steal', listener: TurnListener) => LetGo
}

export interface TurnListener {
  readonly onTaken: () => void
  readonly onLost: () => void
}

/** Also gives up waiting. Nothing is told of it. */
export type LetGo = () => void

/** What is used of the browser's lock manager. */
export interface LockManagerLike {
  request(
    name: string,
    options: { readonly steal?: boolean; readonly signal?: AbortSignal },
    run: () => Promise<void>,
  ): Promise<unknown>
}

/** A Web Lock: the browser frees it when the tab ends, however it ends. */
export const lockTurn = (locks: LockManagerLike, name: string): Turn => ({
  take(how, { onTaken, onLost }) {
    const waiting = new AbortController()
    let isOver = false
    let isTaken = false
    let free: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      free = resolve
    })
    const run = async (): Promise<void> => {
      if (isOver) return
      isTaken = true
      onTaken()
      await held
    }
    // A request that steals can't be given up.
    const options = how === 'steal' ? { steal: true } : { signal: waiting.signal }
    locks.request(name, options, run).catch(() => {
      if (isOver) return
      // Where locks are refused (a frame without an origin) nobody can be waited for: each syncs.
      if (isTaken) onLost()
      else onTaken()
    })
    return () => {
      isOver = true
      waiting.abort()
      free()
    }
  },
})
