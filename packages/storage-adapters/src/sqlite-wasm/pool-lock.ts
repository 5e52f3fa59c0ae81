/** The part of Web Locks that the driver uses. */
export interface PoolLocks {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    hold: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
}

/** Resolves when others can have the lock. */
export type Release = () => Promise<unknown>

/** Takes the lock if it is free, and answers with what gives it back. */
export const takeLock = (locks: PoolLocks, name: string): Promise<Release | undefined> =>
  new Promise((resolve, reject) => {
    const held = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        resolve(undefined)
        return undefined
      }
      return new Promise<void>((end) => {
        resolve(() => {
          end()
          return held
        })
      })
    })
    held.catch(reject)
  })
