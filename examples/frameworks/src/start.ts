import { openClient, type Client } from './client.ts'

/** What each of the files named after a framework exports. */
export type Mount = (client: Client, element: HTMLElement) => void

/** Draws the page of whoever its address names. */
export const start = async (mount: Mount): Promise<void> => {
  const user = new URLSearchParams(location.search).get('user') ?? 'ada'
  const client = await openClient(user)
  mount(client, document.body.appendChild(document.createElement('div')))
}
