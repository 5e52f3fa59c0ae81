import type { BrowserContext } from 'playwright-core'

/** The page that carries the script: an origin of its own that needs no server, nor a network. */
export const pageUrl = 'https://holdfast.test/'

/** Answers every request below `pageUrl` with a page that runs the script. */
export const serveScript = async (context: BrowserContext, script: string): Promise<void> => {
  const body = `<!doctype html><title>Holdfast</title><body><script>${script.replaceAll('</script', String.raw`<\/script`)}</script>`
  await context.route(`${pageUrl}**`, (route) => route.fulfill({ contentType: 'text/html', body }))
}
