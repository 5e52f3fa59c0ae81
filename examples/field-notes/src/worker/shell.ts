import { serveUs, takeOver } from '../shared/asked-of-worker.ts'

interface WorkerEvent {
  waitUntil(done: Promise<unknown>): void
}

interface MessageEventLike extends WorkerEvent {
  readonly data: unknown
}

interface FetchEventLike extends WorkerEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

/** What is used of a service worker's global scope: the types of a page do not have it. */
interface ShellScope {
  readonly location: { readonly origin: string }
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: WorkerEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEventLike) => void): void
  addEventListener(type: 'message', listener: (event: MessageEventLike) => void): void
}

export interface Shell {
  readonly files: readonly string[]
  readonly version: string
}

const prefix = 'shell-'

/**
 * Keeps the app's own files, so that it starts without a network. What is synced never passes through here. A newer
 * version waits until somebody asks for it, or no page of the one before is left.
 */
export const keepShell = ({ files, version }: Shell): void => {
  const scope = globalThis as unknown as ShellScope
  const name = `${prefix}${version}`

  const install = async (): Promise<void> => {
    const cache = await caches.open(name)
    await cache.addAll(files)
  }

  const activate = async (): Promise<void> => {
    const old = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name)
    await Promise.all(old.map((key) => caches.delete(key)))
    await scope.clients.claim()
  }

  scope.addEventListener('install', (event) => event.waitUntil(install()))
  scope.addEventListener('activate', (event) => event.waitUntil(activate()))
  scope.addEventListener('message', (event) => {
    if (event.data === takeOver) event.waitUntil(scope.skipWaiting())
    if (event.data === serveUs) event.waitUntil(scope.clients.claim())
  })
  scope.addEventListener('fetch', (event) => {
    const { origin, pathname } = new URL(event.request.url)
    if (event.request.method !== 'GET' || origin !== scope.location.origin) return
    if (!files.includes(pathname)) return
    const answer = async (): Promise<Response> => {
      const cache = await caches.open(name)
      return (await cache.match(pathname)) ?? fetch(event.request)
    }
    event.respondWith(answer())
  })
}
