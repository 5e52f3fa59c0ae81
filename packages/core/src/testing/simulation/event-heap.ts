/** Something that happens at a time. `tie` orders what happens at one time; `count` makes the order total. */
export interface TimedEvent {
  readonly at: number
  readonly tie: number
  readonly count: number
  readonly label: string
  readonly run: () => void
}

export interface EventHeap {
  readonly push: (event: TimedEvent) => void
  /** The earliest, taken out. */
  readonly pop: () => TimedEvent | undefined
  readonly peek: () => TimedEvent | undefined
}

const isEarlier = (left: TimedEvent, right: TimedEvent): boolean => {
  if (left.at !== right.at) return left.at < right.at
  return left.tie === right.tie ? left.count < right.count : left.tie < right.tie
}

/** A binary heap. */
export const createEventHeap = (): EventHeap => {
  const events: TimedEvent[] = []

  /** The one of `index` and its children that should stand at `index`. */
  const firstOf = (index: number, event: TimedEvent): number => {
    let best = index
    let bestEvent = event
    for (const child of [2 * index + 1, 2 * index + 2]) {
      const candidate = events[child]
      if (candidate !== undefined && isEarlier(candidate, bestEvent)) {
        best = child
        bestEvent = candidate
      }
    }
    return best
  }

  const sink = (event: TimedEvent): void => {
    let index = 0
    for (;;) {
      const best = firstOf(index, event)
      const child = events[best]
      if (best === index || child === undefined) break
      events[index] = child
      index = best
    }
    events[index] = event
  }

  return {
    push(event) {
      let index = events.length
      while (index > 0) {
        const above = (index - 1) >> 1
        const parent = events[above]
        if (parent === undefined || !isEarlier(event, parent)) break
        events[index] = parent
        index = above
      }
      events[index] = event
    },
    pop() {
      const first = events[0]
      const last = events.pop()
      if (last !== undefined && events.length > 0) sink(last)
      return first
    },
    peek: () => events[0],
  }
}
