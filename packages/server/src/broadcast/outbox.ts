import type { Hint } from './broadcaster.ts'

/** Hints that wait for a connection: of each scope the newest alone. */
export interface Outbox {
  readonly add: (hint: Hint) => void
  /** Takes as many as one message holds. */
  readonly next: () => Message | undefined
  readonly isEmpty: () => boolean
}

export interface Message {
  readonly text: string
  /** It was not sent. */
  readonly putBack: () => void
}

/** PostgreSQL's messages hold less than 8,000 bytes. */
const mostBytes = 7_000

/** While there is no connection others hear of nothing anyway, and look once there is one. */
const mostWaiting = 10_000

export const createOutbox = (): Outbox => {
  const waiting = new Map<string, number>()
  const add = ({ scope, head }: Hint): void => {
    const known = waiting.get(scope)
    if (known === undefined && waiting.size >= mostWaiting) return
    waiting.set(scope, Math.max(head, known ?? 0))
  }
  return {
    add,
    next() {
      const taken: Hint[] = []
      let bytes = 2
      for (const [scope, head] of waiting) {
        bytes += Buffer.byteLength(JSON.stringify([scope, head])) + 1
        if (taken.length > 0 && bytes > mostBytes) break
        waiting.delete(scope)
        taken.push({ scope, head })
      }
      if (taken.length === 0) return undefined
      return {
        text: JSON.stringify(taken.map(({ scope, head }) => [scope, head])),
        putBack: () => taken.forEach(add),
      }
    },
    isEmpty: () => waiting.size === 0,
  }
}

/** Of a message that anybody may have sent; what is none of ours says nothing. */
export const readHints = (text: string | undefined): readonly Hint[] => {
  const read = parse(text)
  if (!Array.isArray(read)) return []
  return read.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) return []
    const [scope, head] = pair as readonly unknown[]
    return typeof scope === 'string' && typeof head === 'number' ? [{ scope, head }] : []
  })
}

const parse = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
