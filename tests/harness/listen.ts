import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

export interface Listening extends AsyncDisposable {
  readonly url: string
}

/** Serves on this machine, on a free port where none is named; at the end open connections are cut. */
export const listen = async (listener: RequestListener, port = 0): Promise<Listening> => {
  const server = createServer(listener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
