import { procedures } from '@holdfast/core/protocol'
import type { Cut, Reply, Sender, Shot } from './send.ts'
import type { Name } from './fuzz/valid.ts'

/** A request to the app's router, as plain JSON. */
export const shotOf = (user: string, name: Name, input: unknown): Shot => {
  const text = JSON.stringify(input)
  const path = `/trpc/sync.${name}`
  return procedures[name].type === 'mutation'
    ? {
        method: 'POST',
        path,
        headers: { authorization: user, 'content-type': 'application/json' },
        body: text,
      }
    : { method: 'GET', path: `${path}?input=${encodeURIComponent(text)}`, headers: { authorization: user } }
}

const replyOf = (reply: Reply | Cut): Reply => {
  if ('cut' in reply) throw new Error(`The connection was cut: ${reply.cut}`)
  return reply
}

export interface Answered {
  /** All that came. */
  readonly text: string
  /** The message; of a stream its events. */
  readonly message: unknown
}

/** @throws where there is no answer of ours */
export const ask = async (sender: Sender, user: string, name: Name, input: unknown): Promise<Answered> => {
  const { status, type, text } = replyOf(await sender.send(shotOf(user, name, input)))
  if (status !== 200) throw new Error(`${status} ${text}`)
  if (type.startsWith('text/event-stream')) {
    const events = [...text.matchAll(/^data: (\{"kind".*)$/gm)].map(
      ([, json = '']) => JSON.parse(json) as unknown,
    )
    return { text, message: events.filter((event) => JSON.stringify(event) !== '{"kind":"beat"}') }
  }
  const { result } = JSON.parse(text) as { readonly result: { readonly data: unknown } }
  return { text, message: result.data }
}
