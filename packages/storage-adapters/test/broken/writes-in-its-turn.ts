import type { Breaks } from './disk.ts'

/** Answers reads from memory and writes to files: what many an adapter does. No fault. */
export const writesInItsTurn: Breaks = (database) => ({
  ...database,
  async commit({ expect, writes }) {
    const batch = { expect: [...expect], writes: [...writes] }
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    return database.commit(batch)
  },
})

/** The same, until some commits were made. */
export const failsAfter =
  (commits: number): Breaks =>
  (database) => {
    let made = 0
    return {
      ...writesInItsTurn(database),
      async commit(batch) {
        made += 1
        if (made > commits) throw new Error('The disk is gone.')
        return writesInItsTurn(database).commit(batch)
      },
    }
  }
