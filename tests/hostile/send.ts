import { Agent, request, type IncomingMessage } from 'node:http'

export interface Shot {
  readonly method: string
  /** Percent-encoded, with the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export interface Reply {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** The connection ended without an answer. */
export interface Cut {
  readonly cut: string
}

export interface Sender extends Disposable {
  readonly send: (shot: Shot) => Promise<Reply | Cut>
}

/** A stream is given up once this much has come, or it said how a scope stands. */
const isEnough = (text: string): boolean =>
  /"kind":"(hint|closed|refused)"/.test(text) || text.length > 100_000

/** Sends over connections that stay open. */
export const createSender = (url: string): Sender => {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })

  const read = (response: IncomingMessage, done: (reply: Reply) => void): void => {
    const type = response.headers['content-type'] ?? ''
    let text = ''
    const finish = (): void => done({ status: response.statusCode ?? 0, type, text })
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      if (!type.startsWith('text/event-stream') || !isEnough(text)) return
      finish()
      response.destroy()
    })
    response.on('end', finish)
    response.on('error', finish)
  }

  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve) => {
        const outgoing = request(
          { hostname, port, agent, method, path, headers: { ...headers } },
          (response) => read(response, resolve),
        )
        outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ cut: error.code ?? error.message }))
        outgoing.end(body)
      }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}
