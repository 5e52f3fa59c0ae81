import type { Told } from './app/told.ts'
import type { Ledger } from './checks/ledger.ts'

/** One life of a device: from a start of its process to its end. */
export interface DeviceLife extends AsyncDisposable {
  /** Resolves once it has told so. @throws where it ends before */
  readonly told: (kind: Told['kind']) => Promise<void>
  /** It stops writing and syncs until nothing is left to do. */
  readonly settle: () => Promise<void>
  /** `kill -9`; resolves once all that it told has been heard. */
  readonly kill: () => Promise<void>
}

export interface Hearing extends Pick<DeviceLife, 'told'> {
  readonly hear: (told: Told) => void
  /** Resolves when it tells so from now on. */
  readonly next: DeviceLife['told']
}

/** Much more than any of it takes. */
const longestWaitMs = 90_000

interface Waiting {
  readonly kind: Told['kind']
  readonly resolve: () => void
  readonly fail: (why: string) => void
}

/** Hears what a device tells in one life, for its ledger and for those who wait for it. */
export const createHearing = (ledger: Ledger, ended: Promise<void>): Hearing => {
  const heard = new Set<Told['kind']>()
  const waiting = new Set<Waiting>()
  const failAll = (why: string): void => {
    for (const { fail } of waiting) fail(why)
  }
  void ended.then(() => failAll('ended'))

  const next = (kind: Told['kind']): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => fail('took too long'), longestWaitMs)
      const leave = (): void => {
        clearTimeout(late)
        waiting.delete(one)
      }
      const fail = (why: string): void => {
        leave()
        reject(new Error(`${ledger.device} ${why} before it told "${kind}".`))
      }
      const one: Waiting = {
        kind,
        fail,
        resolve() {
          leave()
          resolve()
        },
      }
      waiting.add(one)
    })

  return {
    hear(told) {
      ledger.hear(told)
      heard.add(told.kind)
      if (told.kind === 'failed') return failAll(`failed (${told.reason})`)
      for (const one of waiting) if (one.kind === told.kind) one.resolve()
    },
    next,
    told: (kind) => (heard.has(kind) ? Promise.resolve() : next(kind)),
  }
}
