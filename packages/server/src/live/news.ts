/** What one stream has not told yet: of each scope the newest head alone, so it stays small however slow the reader is. */
export interface News {
  readonly moved: (scope: string, head: number) => void
  /** Heads may have moved unheard. */
  readonly gap: () => void
  readonly close: () => void
  /** Takes what there is. `undefined` for a head: it has to be looked up. */
  readonly take: () => ReadonlyMap<string, number | undefined>
  readonly isClosed: () => boolean
  /** Called once, as soon as there is something to take, or it is closed; the last one asked for counts. */
  readonly whenever: (wake: () => void) => void
}

/** Begins with every scope to be looked up. */
export const createNews = (scopes: readonly string[]): News => {
  let fresh = new Map<string, number | undefined>()
  let closed = false
  let waiting: (() => void) | undefined

  const wake = (): void => {
    const waiter = waiting
    waiting = undefined
    waiter?.()
  }
  const gap = (): void => {
    for (const scope of scopes) fresh.set(scope, undefined)
    wake()
  }
  gap()

  return {
    moved(scope, head) {
      const known = fresh.get(scope)
      // One that is to be looked up is found to stand there or further.
      if (!fresh.has(scope) || (known !== undefined && known < head)) fresh.set(scope, head)
      wake()
    },
    gap,
    close() {
      closed = true
      wake()
    },
    take() {
      const taken = fresh
      fresh = new Map()
      return taken
    },
    isClosed: () => closed,
    whenever(call) {
      waiting = call
      if (closed || fresh.size > 0) wake()
    },
  }
}
