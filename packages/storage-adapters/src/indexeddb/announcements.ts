import { Observable, Subject } from 'rxjs'
import type { Environment } from '@holdfast/core'
import type { ExternalCommit, Key } from '@holdfast/core/storage'
import { createWatch } from '../shared/watch.ts'
import type { IndexedDbBrowser } from './browser.ts'
import { createRevisionLedger } from './revision-ledger.ts'

/** How the handles on one database, in this tab and in others, hear of each other's commits. */
export interface Announcements {
  readonly heard$: Observable<ExternalCommit>
  /** Takes a commit of this handle, which is complete. */
  tell(revision: number, keys: readonly Key[]): void
  /** Anything may have changed. */
  doubt(): void
  close(): void
}

export interface AnnouncementsOptions {
  readonly name: string
  readonly browser: IndexedDbBrowser
  readonly environment: Environment
  readonly pollEvery: number | undefined
  /** The revision from which on commits are news. */
  readonly start: number
  /** The revision of the last commit by anybody. */
  readonly look: () => Promise<number>
}

interface Message {
  readonly revision: number
  /** Undefined: too many to tell, or an unknown form. */
  readonly keys: readonly Key[] | undefined
}

const mostKeys = 5_000
const mostAhead = 1_000

export const createAnnouncements = (options: AnnouncementsOptions): Announcements => {
  const { name, browser, environment, start, look } = options
  const heard$ = new Subject<ExternalCommit>()
  const ledger = createRevisionLedger(start)
  const channel = browser.BroadcastChannel === undefined ? undefined : new browser.BroadcastChannel(name)
  const pollEvery = options.pollEvery ?? (channel === undefined ? 1_000 : 10_000)

  const widen = (revision: number): void => {
    ledger.cover(revision)
    heard$.next('all')
  }

  const hear = ({ revision, keys }: Message): void => {
    if (!ledger.note(revision)) return
    if (ledger.ahead > mostAhead) widen(revision)
    else if (keys === undefined) heard$.next('all')
    else if (keys.length > 0) heard$.next({ keys, revision })
  }

  if (channel !== undefined) {
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const message = toMessage(data)
      if (message === undefined) heard$.next('all')
      else hear(message)
    })
  }

  /** What was there a whole interval ago and is still missing will not be told any more. */
  let told = channel === undefined ? Infinity : start
  const lookAround = async (): Promise<void> => {
    const revision = await look()
    if (ledger.lacks(Math.min(told, revision))) widen(revision)
    if (channel !== undefined) told = revision
  }
  const watch = createWatch(environment, pollEvery, () => {
    // A failure is left to the next read, which can tell somebody.
    lookAround().catch(() => undefined)
  })

  let isOpen = true

  return {
    heard$: new Observable((subscriber) => {
      const subscription = heard$.subscribe(subscriber)
      const stop = watch()
      return () => {
        stop()
        subscription.unsubscribe()
      }
    }),
    tell(revision, keys) {
      ledger.note(revision)
      if (!isOpen) return
      const message: Message = { revision, keys: keys.length > mostKeys ? undefined : keys }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel knows no other origin
      channel?.postMessage(message)
    },
    doubt: () => heard$.next('all'),
    close() {
      isOpen = false
      channel?.close()
      heard$.complete()
    },
  }
}

/** Another tab may run another version of this code. */
const toMessage = (data: unknown): Message | undefined => {
  if (typeof data !== 'object' || data === null || !('revision' in data) || !('keys' in data))
    return undefined
  const { revision, keys } = data
  if (!Number.isSafeInteger(revision)) return undefined
  const isList = Array.isArray(keys) && keys.every((key) => typeof key === 'string')
  return { revision: Number(revision), keys: isList ? keys : undefined }
}
