import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** The way to a server, which can be shut, and which can swallow what is said. */
export interface Gate extends AsyncDisposable {
  readonly port: number
  /** Cuts what is open; nobody comes in until it is opened. */
  readonly shut: () => Promise<void>
  readonly open: () => Promise<void>
  /** From now on whoever is or comes in gets no answer, and no end either. */
  readonly swallow: () => void
  /** Connections that the other end has not closed. */
  readonly count: () => number
}

/** A gate to `target`, open; without one it has only ever swallowed. */
export const startGate = async (target?: URL): Promise<Gate> => {
  const near = new Set<Socket>()
  let swallows = target === undefined
  const pass = (socket: Socket): void => {
    near.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => near.delete(socket))
    if (swallows || target === undefined) return void socket.resume()
    const far = connect(Number(target.port), target.hostname)
    far.on('error', () => undefined)
    far.on('close', () => swallows || socket.destroy())
    far.on('data', (data) => swallows || socket.write(data))
    socket.on('data', (data) => swallows || far.write(data))
    socket.on('close', () => far.destroy())
  }
  const listen = async (port: number): Promise<Server> => {
    const server = createServer({ allowHalfOpen: true }, pass).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server = await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The gate has no port.')
  const { port } = address
  const shut = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of near) socket.destroy()
    await closed
  }
  return {
    port,
    shut,
    async open() {
      server = await listen(port)
    },
    swallow() {
      swallows = true
    },
    count: () => [...near].filter(({ readableEnded }) => !readableEnded).length,
    [Symbol.asyncDispose]: shut,
  }
}
