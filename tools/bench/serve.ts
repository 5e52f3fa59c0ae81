import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

export const serve = async (
  listener: RequestListener,
): Promise<{ readonly url: string; readonly close: () => void }> => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
