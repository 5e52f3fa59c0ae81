import { Observable } from 'rxjs'
import type { LiveInput } from '../protocol/live.ts'
import { newsOf, type LiveNews } from './live-news.ts'
import { toTransportError } from './trpc-errors.ts'

// Method syntax on purpose: the app's client types its inputs more narrowly.
export type Subscribe = {
  subscribe(
    input: unknown,
    callbacks: {
      readonly onData: (event: unknown) => void
      readonly onError: (error: unknown) => void
      readonly onComplete: () => void
    },
  ): { readonly unsubscribe: () => void }
}['subscribe']

/** `live` through the app's own tRPC client, which has a link for subscriptions. */
export const liveThroughClient =
  (live: { readonly subscribe: Subscribe }) =>
  (input: LiveInput): Observable<LiveNews> =>
    new Observable((subscriber) => {
      const fail = (error: unknown): void => subscriber.error(toTransportError(error, 'live'))
      const subscription = live.subscribe(input, {
        onData(event) {
          try {
            const news = newsOf(event)
            if (news !== undefined) subscriber.next(news)
          } catch (refusal) {
            fail(refusal)
          }
        },
        onError: fail,
        onComplete: () => subscriber.complete(),
      })
      return () => subscription.unsubscribe()
    })
