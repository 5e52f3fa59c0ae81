import { protocolVersion } from '@holdfast/core/protocol'
import { ask } from '../ask.ts'
import { createSender } from '../send.ts'

export interface Heartbeat {
  /** Ends it. How many requests it made, all of which were answered, and the longest wait in milliseconds. */
  readonly stop: () => Promise<{ readonly answered: number; readonly longest: number }>
}

/** Somebody who just works: one pull after the other. */
export const startHeartbeat = (url: string): Heartbeat => {
  const sender = createSender(url)
  const stop = new AbortController()
  let answered = 0
  let longest = 0
  const beat = async (): Promise<void> => {
    const input = { protocol: protocolVersion, clientId: 'worker', scope: 'team-worker', cursor: '' }
    while (!stop.signal.aborted) {
      const start = performance.now()
      const { message } = await ask(sender, 'worker', 'pull', input)
      if (!JSON.stringify(message).includes('"kind":"answer"')) throw new Error(JSON.stringify(message))
      longest = Math.max(longest, performance.now() - start)
      answered += 1
    }
  }
  const beating = beat()
  return {
    async stop() {
      stop.abort()
      await beating
      sender[Symbol.dispose]()
      return { answered, longest }
    },
  }
}
