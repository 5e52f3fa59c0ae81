import type { Page } from 'playwright-core'

/** The types of a page do not have Background Sync. */
interface WithSync {
  readonly sync: { register(tag: string): Promise<void>; getTags(): Promise<readonly string[]> }
}

/** Has the browser wake the page's service worker: at once, where there is a network. */
export const wakeWorker = (page: Page, tag: string): Promise<void> =>
  page.evaluate(async (name) => {
    const { sync } = (await navigator.serviceWorker.ready) as unknown as WithSync
    await sync.register(name)
  }, tag)

/** What the worker has still to do: it was not woken for it yet, or failed. */
export const askedTags = (page: Page): Promise<readonly string[]> =>
  page.evaluate(async () => {
    const { sync } = (await navigator.serviceWorker.ready) as unknown as WithSync
    return sync.getTags()
  })
