import { spawnChild } from '../harness/child.ts'
import { databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import type { Planted } from './planted.ts'
import { reportSchema, type Report } from './report.ts'

export interface HostedServer extends AsyncDisposable {
  readonly url: string
  readonly database: TestDatabase
  /** What it has to say since the last time. @throws where it ended */
  readonly report: () => Promise<Report>
}

/** A server process over a database of its own. */
export const startServer = async (name: DatabaseName, planted?: Planted): Promise<HostedServer> => {
  const database = await databases[name]()
  const path = `${import.meta.dirname}/server-process.ts`
  const child = spawnChild(path, JSON.stringify({ database: database.url, planted }))
  const url = await child.firstLine()
  const waiting: ((line: string) => void)[] = []
  child.onLine((line) => waiting.shift()?.(line))
  return {
    url,
    database,
    async report() {
      const answer = new Promise<string>((resolve, reject) => {
        waiting.push(resolve)
        void child.ended.then(() => reject(new Error('The server process ended.')))
      })
      child.say('report')
      return reportSchema.parse(JSON.parse(await answer))
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]()
      await database.close()
    },
  }
}
