const first = 100
const longest = 30_000

/** Milliseconds before a local step is tried again that has failed so many times before. */
export const retryDelay = (failures: number): number => Math.min(longest, first * 2 ** Math.min(failures, 20))
