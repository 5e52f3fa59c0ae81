import type { Calls, Message, Request } from './messages.ts'

/** Answers the parent's requests until it goes away; then this process goes too. */
export const answer = (calls: Calls): void => {
  const send = (message: Message): void => {
    process.send?.(message, undefined, {}, (error) => {
      if (error !== null) process.exit()
    })
  }

  const handle = async ({ id, name, input }: Request): Promise<void> => {
    try {
      const call = calls[name]
      if (call === undefined) throw new Error(`There is no call "${name}".`)
      send({ kind: 'done', id, value: await call(input) })
    } catch (error) {
      send({ kind: 'failed', id, reason: error instanceof Error ? error.message : String(error) })
    }
  }

  process.on('message', (request: Request) => void handle(request))
  process.on('disconnect', () => process.exit())
  send({ kind: 'ready' })
}
