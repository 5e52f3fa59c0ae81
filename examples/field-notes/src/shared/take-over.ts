/** What a page tells the service worker that waits: the pages of the one before can spare it now. */
export const takeOver = 'take over'
