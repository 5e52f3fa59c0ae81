/** Runs one thing after the other, in the order they come. */
export type Turns = <TResult>(run: () => Promise<TResult>) => Promise<TResult>

export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const result = last.then(run, run)
    last = result.catch(() => undefined)
    return result
  }
}
