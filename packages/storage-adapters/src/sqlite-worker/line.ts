import type { Subject } from 'rxjs'
import type { ExternalCommit } from '@holdfast/core/storage'
import { isOurs, toError, type Asked, type Question, type StoragePort } from './messages.ts'

/** Questions to the other end of a port, and what is heard from there unasked. */
export interface Line {
  ask(question: Question): Promise<unknown>
  /** Asks without waiting; a failure shows with the next question. */
  tell(question: Question): void
  hear(handle: number, heard$: Subject<ExternalCommit>): void
  forget(handle: number): void
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export const createLine = (port: StoragePort): Line => {
  const waiting = new Map<number, Waiting>()
  const listening = new Map<number, Subject<ExternalCommit>>()
  let lastId = 0

  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }

  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (!isOurs(data)) return
    switch (data.holdfast) {
      case 'answered':
        return settle(data.id)?.resolve(data.value)
      case 'failed':
        return settle(data.id)?.reject(toError(data.failure))
      case 'heard':
        return listening.get(data.handle)?.next(data.commit)
      case 'ended':
        return listening.get(data.handle)?.complete()
      case 'asked':
        return undefined
    }
  })
  port.start?.()

  const ask = (question: Question): Promise<unknown> =>
    new Promise((resolve, reject) => {
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      const asked: Asked = { holdfast: 'asked', id: lastId, question }
      port.postMessage(asked)
    })

  return {
    ask,
    tell: (question) => void ask(question).catch(() => undefined),
    hear: (handle, heard$) => void listening.set(handle, heard$),
    forget: (handle) => void listening.delete(handle),
  }
}
