import { SyncError } from '@holdfast/core'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import type { Limits } from '../limits.ts'
import type { Observer } from '../observe/observer.ts'
import { createNews, type News } from './news.ts'

/** The live streams of one process. */
export interface LiveHub {
  /**
   * What happens in these scopes from now on.
   * @throws SyncError RATE_LIMITED: this user, or this process, has as many streams as it may
   */
  readonly open: (user: string, scopes: readonly string[]) => OpenStream
}

export interface OpenStream {
  readonly news: News
  readonly close: () => void
}

/** Milliseconds after which one that found no place may come back; and as long again, at random. */
const comeBackMs = 30_000

export const createLiveHub = (
  broadcaster: Broadcaster,
  limits: Pick<Limits, 'liveStreams' | 'liveStreamsPerUser'>,
  { random, tell }: { readonly random: { readonly next: () => number }; readonly tell: Observer['tell'] },
): LiveHub => {
  const streams = new Set<News>()
  const byUser = new Map<string, number>()
  const byScope = new Map<string, Set<News>>()
  let unsubscribe: (() => void) | undefined

  const follow = (): void => {
    unsubscribe ??= broadcaster.subscribe({
      onHint(hint) {
        for (const news of byScope.get(hint.scope) ?? []) news.moved(hint.scope, hint.head)
      },
      onGap() {
        for (const news of streams) news.gap()
      },
      onClose() {
        for (const news of streams) news.close()
      },
    })
  }

  const full = (): SyncError => {
    const retryAfterMs = Math.round(comeBackMs * (1 + random.next()))
    return new SyncError('RATE_LIMITED', 'There are as many live streams as there may be.', { retryAfterMs })
  }

  return {
    open(user, scopes) {
      const count = byUser.get(user) ?? 0
      if (count >= limits.liveStreamsPerUser || streams.size >= limits.liveStreams) throw full()
      follow()
      const news = createNews(scopes)
      streams.add(news)
      byUser.set(user, count + 1)
      tell(() => ({ type: 'streamOpened', open: streams.size }))
      for (const scope of scopes) {
        const listening = byScope.get(scope) ?? new Set()
        byScope.set(scope, listening.add(news))
      }
      let isOpen = true
      return {
        news,
        close() {
          if (!isOpen) return
          isOpen = false
          streams.delete(news)
          tell(() => ({ type: 'streamClosed', open: streams.size }))
          const left = (byUser.get(user) ?? 1) - 1
          if (left > 0) byUser.set(user, left)
          else byUser.delete(user)
          for (const scope of scopes) {
            const listening = byScope.get(scope)
            listening?.delete(news)
            if (listening?.size === 0) byScope.delete(scope)
          }
        },
      }
    },
  }
}
