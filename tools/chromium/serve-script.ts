import type { BrowserContext } from 'playwright-core'

/** The page that carries the script: an origin of its own that needs no server, nor a network. */
export const pageUrl = 'https://holdfast.test/'

/** A page that runs the script. */
export const pageOf = (script: string): string =>
  `<!doctype html><title>Holdfast</title><body><script>${script.replaceAll('</script', String.raw`<\/script`)}</script>`

/** Answers requests for these addresses with a page that runs the script, also where the context is offline. */
export const serveScript = async (
  context: BrowserContext,
  script: string,
  addresses = `${pageUrl}**`,
): Promise<void> => {
  const body = pageOf(script)
  await context.route(addresses, (route) => route.fulfill({ contentType: 'text/html', body }))
}
