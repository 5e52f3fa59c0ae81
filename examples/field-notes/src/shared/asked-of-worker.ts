/** What a page asks the service worker that waits for: the pages of the one before can spare it now. */
export const takeOver = 'take over'

/** What a page asks the service worker that is there for, which does not serve it. */
export const serveUs = 'serve us'
