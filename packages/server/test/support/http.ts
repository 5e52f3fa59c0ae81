import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'

export interface TestServer {
  readonly url: string
  readonly close: () => Promise<void>
}

/** A real Express server on a free port, with one handler under a path. */
export const serve = async (path: string, handler: RequestHandler): Promise<TestServer> => {
  const app = express()
  app.use(path, handler)
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${path}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections()
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      }),
  }
}
