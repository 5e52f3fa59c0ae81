/** The numbers of each client that are decided, and by which operations they are held. */
export interface Slots {
  /** The other operation that holds the number already. */
  readonly take: (clientId: string, clientSeq: number, operationId: string) => string | undefined
  /** The lowest number, up to this one, that is not decided. */
  readonly missingUpTo: (clientId: string, upTo: number) => number | undefined
  readonly all: () => ReadonlyMap<string, ReadonlyMap<number, string>>
}

export const createSlots = (): Slots => {
  const holders = new Map<string, Map<number, string>>()
  /** All numbers up to here are known to be there. */
  const complete = new Map<string, number>()
  return {
    take(clientId, clientSeq, operationId) {
      const known = holders.get(clientId) ?? new Map<number, string>()
      holders.set(clientId, known)
      const holder = known.get(clientSeq)
      if (holder === undefined) known.set(clientSeq, operationId)
      return holder
    },
    missingUpTo(clientId, upTo) {
      const known = holders.get(clientId)
      let at = complete.get(clientId) ?? 0
      while (known?.has(at + 1) === true) at += 1
      complete.set(clientId, at)
      return at < upTo ? at + 1 : undefined
    },
    all: () => holders,
  }
}
