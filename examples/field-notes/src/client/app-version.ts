import { BehaviorSubject, type Observable } from 'rxjs'
import { serveUs, takeOver } from '../shared/asked-of-worker.ts'

/** Which version of the app runs here, and whether another one waits. */
export interface AppVersion {
  /** A newer one is there: this page goes on with the one that it has until it is loaded anew. */
  readonly isNewerReady$: Observable<boolean>
  /** Loads the newer one, in this tab. Others keep theirs, and are told. */
  readonly loadNewer: () => void
}

const updateEveryMs = 60 * 60 * 1_000

/** Registers the service worker. Without one (a page that is not secure, say) the app works, and does not start offline. */
export const watchAppVersion = (): AppVersion => {
  const isNewerReady$ = new BehaviorSubject(false)
  const plain: AppVersion = { isNewerReady$, loadNewer: () => location.reload() }
  if (!('serviceWorker' in navigator)) return plain
  const workers = navigator.serviceWorker
  let registered: ServiceWorkerRegistration | undefined
  let isLoading = false

  // A worker that starts claims the pages that are there. One that was just being loaded it passes over, for good.
  const beServed = async (): Promise<void> => {
    const { active } = await workers.ready
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    if (workers.controller === null) active?.postMessage(serveUs)
  }

  const follow = (registration: ServiceWorkerRegistration): void => {
    registered = registration
    const look = (): void => {
      // The first one of all waits for nobody.
      if (registration.waiting !== null && registration.active !== null) isNewerReady$.next(true)
    }
    const ask = (): void => {
      registration.update().catch(() => undefined)
    }
    look()
    registration.addEventListener('updatefound', () =>
      registration.installing?.addEventListener('statechange', look),
    )
    setInterval(ask, updateEveryMs)
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') ask()
    })
  }

  // A page that was loaded without one is taken over by the first.
  let isServed = workers.controller !== null
  workers.addEventListener('controllerchange', () => {
    if (isLoading) location.reload()
    else if (isServed) isNewerReady$.next(true)
    isServed = true
  })
  workers.register('/service-worker.js').then(follow, () => undefined)
  void beServed()

  return {
    isNewerReady$,
    loadNewer() {
      const waiting = registered?.waiting ?? undefined
      if (waiting === undefined) return plain.loadNewer()
      isLoading = true
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
      waiting.postMessage(takeOver)
    },
  }
}
