import { manualConnectivity } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import type { temporaryFolder } from '../harness/folder.ts'
import type { TestServer } from '../harness/server.ts'

interface Place {
  readonly server: TestServer
  readonly folder: ReturnType<typeof temporaryFolder>
}

/** What a device of an example is made of, but for its schema and its scopes. */
export const deviceParts = ({ server, folder }: Place, user: string) => {
  server.tokens.set(`token of ${user}`, { id: user })
  return {
    user,
    storage: sqliteStorage({ filename: folder.path(`${user}.db`) }),
    transport: trpcTransport({
      url: `${server.url}/trpc`,
      headers: () => ({ authorization: `Bearer token of ${user}` }),
      transformer: 'none',
    }),
    connectivity: manualConnectivity(),
  }
}
