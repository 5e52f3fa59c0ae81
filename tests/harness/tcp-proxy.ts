import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Passes bytes on as they come, streams included. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string
  /** Cuts one of the open connections, or all of them. @returns how many */
  readonly cut: (choose?: (count: number) => number) => number
  /** Connections that are open now. */
  readonly open: () => number
}

export const startTcpProxy = async (target: string): Promise<TcpProxy> => {
  const { hostname, port, pathname } = new URL(target)
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    const pair = { near, far }
    pairs.add(pair)
    for (const socket of [near, far]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  return {
    url: `http://127.0.0.1:${address.port}${pathname}`,
    open: () => pairs.size,
    cut(choose) {
      const all = [...pairs]
      const chosen = choose === undefined ? all : all.slice(choose(all.length)).slice(0, 1)
      for (const { near } of chosen) near.resetAndDestroy()
      return chosen.length
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const { near } of pairs) near.destroy()
      await closed
    },
  }
}
