import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const head = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`

export const postHead = (path: string, more: readonly string[]): string =>
  head([
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Authorization: mallory',
    'Content-Type: application/json',
    ...more,
  ])

/**
 * Writes the head and then the body, chunk by chunk, until the server has answered or closed. The first line of the answer,
 * empty where the connection was closed without one.
 */
export const pour = async (
  url: string,
  start: string,
  body: Iterable<Uint8Array | string>,
): Promise<string> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  let isOver = false
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    answer += text
    isOver = true
  })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true
      resolve()
    })
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(start)
  for (const chunk of body) {
    if (isOver) break
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), closed, once(socket, 'data')])
  }
  if (!isOver) await Promise.race([closed, once(socket, 'data')])
  socket.destroy()
  return answer.split('\r\n')[0] ?? ''
}

/** A request whose body never comes to its end: a byte every now and then. */
export const dawdle = async (url: string, start: string): Promise<Socket> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(start)
  const timer = setInterval(() => socket.write(' '), 50)
  socket.once('close', () => clearInterval(timer))
  return socket
}
