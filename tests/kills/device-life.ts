import type { Told } from './app/told.ts'
import type { Ledger } from './checks/ledger.ts'

/** One life of a device: from a start of its process to its end. */
export interface DeviceLife extends AsyncDisposable {
  /** Resolves once it has told so. @throws where it ends before */
  readonly told: (kind: Told['kind']) => Promise<void>
  /** Resolves when it tells so from now on. */
  readonly next: DeviceLife['told']
  /** Whether it is at this, by all that it has told. */
  readonly isAmid: (work: Work) => boolean
  /** It stops writing and syncs until nothing is left to do. */
  readonly settle: () => Promise<void>
  /** `kill -9`; resolves once all that it told has been heard. */
  readonly kill: () => Promise<void>
}

/** A write that was begun and is not acknowledged; a sync run. */
export type Work = 'writing' | 'syncing'

export interface Hearing extends Pick<DeviceLife, 'told' | 'next' | 'isAmid'> {
  readonly hear: (told: Told) => void
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
  const unacknowledged = new Set<string>()
  let isSyncing = false
  let count = 0
  const failAll = (why: string): void => {
    for (const { fail } of waiting) fail(why)
  }
  void ended.then(() => failAll('ended'))

  const next = (kind: Told['kind']): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const before = count
      const tooLate = (): void => fail(`took too long, with ${count - before} other messages,`)
      const late = setTimeout(tooLate, longestWaitMs)
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

  const note = (told: Told): void => {
    switch (told.kind) {
      case 'begins':
        for (const { mark } of told.writes) unacknowledged.add(mark)
        return
      case 'wrote':
        for (const { mark } of told.receipts) unacknowledged.delete(mark)
        return
      case 'syncs':
      case 'rests':
        isSyncing = told.kind === 'syncs'
        return
      default:
    }
  }

  return {
    hear(told) {
      ledger.hear(told)
      note(told)
      count += 1
      heard.add(told.kind)
      if (told.kind === 'failed') return failAll(`failed (${told.reason})`)
      for (const one of waiting) if (one.kind === told.kind) one.resolve()
    },
    next,
    isAmid: (work) => (work === 'writing' ? unacknowledged.size > 0 : isSyncing),
    told: (kind) => (heard.has(kind) ? Promise.resolve() : next(kind)),
  }
}
