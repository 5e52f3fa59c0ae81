const everyMs = 5

/** How long the event loop was busy at a time, in CPU time of its thread: how busy the machine is does not count. */
export const longestTurn = (): { readonly longest: () => number; readonly reset: () => void } => {
  const spent = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let longest = 0
  let last = spent()
  setInterval(() => {
    const now = spent()
    longest = Math.max(longest, now - last)
    last = now
  }, everyMs).unref()
  return {
    longest: () => longest,
    reset: () => {
      longest = 0
    },
  }
}
