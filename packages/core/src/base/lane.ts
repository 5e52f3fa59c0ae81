/** Runs what it is given one after the other, in the order given; a failure is its caller's alone. */
export type Lane = <TResult>(run: () => Promise<TResult>) => Promise<TResult>

export const createLane = (): Lane => {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const result = last.then(run)
    last = result.catch(() => undefined)
    return result
  }
}
