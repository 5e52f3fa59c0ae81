import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between Prisma and PostgreSQL. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string
  /** The next statement with this text gets through; its answer is lost, with the connection. */
  readonly loseAnswerTo: (text: string) => void
  readonly lost: () => number
}

export const startCuttingProxy = async (target: string): Promise<CuttingProxy> => {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let armed: string | undefined
  let lost = 0

  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let cutting = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    near.on('data', (chunk) => {
      if (armed !== undefined && chunk.includes(armed)) {
        armed = undefined
        cutting = true
      }
      far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (!cutting) return void near.write(chunk)
      lost += 1
      near.destroy()
      far.destroy()
    })
    near.on('end', () => far.end())
    far.on('end', () => near.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  const url = new URL(target)
  url.host = `127.0.0.1:${address.port}`
  return {
    url: url.href,
    loseAnswerTo(text) {
      armed = text
    },
    lost: () => lost,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
