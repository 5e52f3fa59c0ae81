import type { ServerStore } from '@holdfast/server'

/**
 * A fault that the checks have to notice: takes a commit whose connection broke for done, as all that was to be
 * stored had been sent. Needs a store that tries once.
 */
export const hopeful = <TDatabase>(store: ServerStore<TDatabase>): ServerStore<TDatabase> => ({
  ...store,
  async write(at, run) {
    const done: Awaited<ReturnType<typeof run>>[] = []
    try {
      return await store.write(at, async (tx) => {
        const result = await run(tx)
        done.splice(0, 1, result)
        return result
      })
    } catch (error) {
      const [result] = done
      if (result === undefined || !store.isTransient(error)) throw error
      return result
    }
  },
})
