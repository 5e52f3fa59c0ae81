import type { Cancel } from '@holdfast/core'
import type { Database, StorageAdapter } from '@holdfast/core/storage'
import { isOurs, toFailure, type Question, type StoragePort, type Told } from './messages.ts'

interface Served {
  readonly database: Database
  stopListening: Cancel | undefined
}

/** Answers for the adapter on this port, which `workerStorage` asks on its other end. Call it before anything is awaited. */
export const serveStorage = (port: StoragePort, adapter: StorageAdapter | Promise<StorageAdapter>): void => {
  const served = new Map<number, Served>()
  let lastHandle = 0
  const tell = (message: Told): void => port.postMessage(message)

  const servedAs = (handle: number): Served => {
    const found = served.get(handle)
    if (found === undefined) throw new Error(`No database is open as ${handle}.`)
    return found
  }

  const listen = (handle: number): void => {
    const subscription = servedAs(handle).database.externalCommits$.subscribe({
      next: (commit) => tell({ holdfast: 'heard', handle, commit }),
      complete: () => tell({ holdfast: 'ended', handle }),
    })
    servedAs(handle).stopListening = () => subscription.unsubscribe()
  }

  const answer = async (question: Question): Promise<unknown> => {
    switch (question.kind) {
      case 'open': {
        const database = await (await adapter).open(question.name)
        lastHandle += 1
        served.set(lastHandle, { database, stopListening: undefined })
        return lastHandle
      }
      case 'read':
        return servedAs(question.handle).database.read(question.requests)
      case 'commit':
        return servedAs(question.handle).database.commit(question.batch)
      case 'listen':
        return listen(question.handle)
      case 'ignore':
        return served.get(question.handle)?.stopListening?.()
      case 'close': {
        const { database } = servedAs(question.handle)
        served.delete(question.handle)
        return database.close()
      }
      case 'destroy':
        return (await adapter).destroy(question.name)
    }
  }

  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (!isOurs(data) || data.holdfast !== 'asked') return
    const { id, question } = data
    answer(question).then(
      (value) => tell({ holdfast: 'answered', id, value }),
      (error: unknown) => tell({ holdfast: 'failed', id, failure: toFailure(error) }),
    )
  })
  port.start?.()
}
