import type { StorageAdapter } from '@holdfast/core/storage'
import { callsThrough } from './through.ts'

/** A place in the life of a process: its nth call of storage, before or after it took effect. */
export interface Death {
  readonly call: number
  readonly side: 'before' | 'after'
}

export interface DyingStorage {
  readonly storage: StorageAdapter
  /** How many calls there were. */
  readonly calls: () => number
  /** From here on calls count, and the process may die. */
  readonly arm: (death: Death | undefined) => void
  /** Resolves once it died. */
  readonly died: Promise<void>
}

const never = new Promise<never>(() => undefined)

/** The same data, for a process that never comes back from one of its calls, and makes no more. */
export const dyingStorage = (place: StorageAdapter): DyingStorage => {
  let calls = 0
  let armed: Death | undefined
  let dead = false
  let die = (): void => undefined
  const died = new Promise<void>((resolve) => {
    die = resolve
  })

  const through = async <TResult>(call: () => Promise<TResult>): Promise<TResult> => {
    if (dead) return never
    calls += 1
    const isLast = calls === armed?.call
    if (isLast && armed?.side === 'after') await call()
    if (!isLast) return call()
    dead = true
    die()
    return never
  }

  return {
    calls: () => calls,
    arm(death) {
      calls = 0
      armed = death
    },
    died,
    storage: callsThrough(place, through),
  }
}
