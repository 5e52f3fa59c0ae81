import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** The way to a server, which can be shut, and behind which the server can fall silent. */
export interface Gate extends AsyncDisposable {
  readonly port: number
  /** Cuts what is open; nobody comes in until it is opened. */
  readonly shut: () => Promise<void>
  readonly open: () => Promise<void>
  /** Whoever is in gets no answer any more, and no end either; until `speak`, whoever comes in as well. */
  readonly fallSilent: () => void
  readonly speak: () => void
  /** Connections that the other end has not closed. */
  readonly count: () => number
}

/** A gate to `target`, open; without one it is silent. */
export const startGate = async (target?: URL): Promise<Gate> => {
  const inside = new Map<Socket, { isSilent: boolean }>()
  let isSilent = target === undefined
  const pass = (near: Socket): void => {
    const way = { isSilent }
    inside.set(near, way)
    near.on('error', () => undefined)
    near.on('close', () => inside.delete(near))
    if (isSilent || target === undefined) return void near.resume()
    const far = connect(Number(target.port), target.hostname)
    far.on('error', () => undefined)
    far.on('close', () => way.isSilent || near.destroy())
    far.on('data', (data) => way.isSilent || near.write(data))
    near.on('data', (data) => way.isSilent || far.write(data))
    near.on('close', () => far.destroy())
    near.on('end', () => far.destroy())
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
    for (const socket of inside.keys()) socket.destroy()
    await closed
  }
  return {
    port,
    shut,
    async open() {
      server = await listen(port)
    },
    fallSilent() {
      isSilent = true
      for (const way of inside.values()) way.isSilent = true
    },
    speak() {
      isSilent = false
    },
    count: () => [...inside.keys()].filter(({ readableEnded }) => !readableEnded).length,
    [Symbol.asyncDispose]: shut,
  }
}
