/** Does the work in its turn. */
export type Turns = (isAlone: boolean, work: () => Promise<void>) => Promise<void>

/**
 * Works begin at once, so that writes share a commit; one that is to be alone begins once all before it have ended, and
 * those after it wait for it. All end in the order in which they were asked for, so that what TanStack DB shows meanwhile
 * goes from the oldest mutation to the newest.
 */
export const createTurns = (): Turns => {
  let last = Promise.resolve()
  let lastAlone = Promise.resolve()
  return (isAlone, work) => {
    const own = (isAlone ? last : lastAlone).then(work)
    const inOrder = Promise.allSettled([last, own]).then(() => own)
    last = inOrder.catch(() => undefined)
    if (isAlone) lastAlone = last
    return inOrder
  }
}
