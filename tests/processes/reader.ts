import { protocolVersion } from '@holdfast/core/protocol'
import type { Transport } from '@holdfast/core/trpc'
import { scope } from '../harness/server.ts'

/** Pulls page after page, cursor after cursor, and keeps the version of every record that it was given. */
export interface Reader {
  readonly versions: ReadonlyMap<string, number>
  /** How often a record came with a lower version than before. */
  readonly wentDown: () => number
  readonly pulls: () => number
  /** One page. True while there is more. */
  readonly pull: (transport: Transport) => Promise<boolean>
}

const signal = new AbortController().signal

export const createReader = (clientId: string): Reader => {
  const versions = new Map<string, number>()
  let cursor = ''
  let wentDown = 0
  let pulls = 0
  return {
    versions,
    wentDown: () => wentDown,
    pulls: () => pulls,
    async pull(transport) {
      const page = await transport.pull({ protocol: protocolVersion, clientId, scope, cursor }, { signal })
      for (const { collection, id, version } of page.changes) {
        const key = `${collection}/${id}`
        if (version < (versions.get(key) ?? 0)) wentDown += 1
        versions.set(key, version)
      }
      cursor = page.cursor
      pulls += 1
      return page.hasMore
    },
  }
}
