import type { Cancel, Environment } from '@holdfast/core'

/** Calls `look` every `pollEvery` milliseconds, while somebody watches and only then. */
export const createWatch = (
  environment: Environment,
  pollEvery: number,
  look: () => void,
): (() => Cancel) => {
  let watchers = 0
  let cancel: Cancel | undefined

  const arm = (): void => {
    cancel = environment.timers.after(pollEvery, () => {
      look()
      if (watchers > 0) arm()
    })
  }

  return () => {
    let watching = true
    watchers += 1
    if (watchers === 1) arm()
    return () => {
      if (!watching) return
      watching = false
      watchers -= 1
      if (watchers === 0) cancel?.()
    }
  }
}
