import { encodePortable, protocolVersion } from '@holdfast/core/protocol'
import { ask } from '../ask.ts'
import type { Sender } from '../send.ts'

/** A user with a scope, a client, and records in it. */
export interface Tenant {
  readonly user: string
  readonly scope: string
  readonly clientId: string
  readonly records: readonly string[]
  readonly operations: readonly string[]
  readonly cursor: string
  readonly resumeToken: string
  readonly pageToken: string
  /** What only they wrote. */
  readonly secrets: readonly string[]
}

const collections = ['tasks', 'asked', 'latest'] as const
const perPush = 150

const tokenIn = (text: string, key: string): string => new RegExp(`"${key}":"([^"]+)"`).exec(text)?.[1] ?? ''

/** Fills a scope through the front door. */
export const settleTenant = async (sender: Sender, user: string, pushes: number): Promise<Tenant> => {
  const scope = `team-${user}`
  const clientId = `client-of-${user}`
  const records: string[] = []
  const operations: string[] = []
  const secrets: string[] = []
  const common = { protocol: protocolVersion, clientId, scope }
  let last = ''
  for (let push = 0; push < pushes; push += 1) {
    const batch = Array.from({ length: perPush }, (_, index) => {
      const place = push * perPush + index
      const id = `${user}-r-${place}`
      const title = `secret-${user}-${place}`
      records.push(id)
      operations.push(`${user}-op-${place + 1}`)
      secrets.push(title)
      return {
        id: `${user}-op-${place + 1}`,
        clientSeq: place + 1,
        collection: collections[place % collections.length],
        recordId: id,
        type: 'create',
        payload: encodePortable({ id, title }),
        baseVersion: 0,
        timestamp: 1_750_000_000_000,
        opVersion: '1.0.0',
      }
    })
    const instance = { acknowledged: 'i-1', candidate: 'i-1' }
    const input = {
      ...common,
      instance,
      cursor: tokenIn(last, 'cursor'),
      batchId: `b-${push}`,
      operations: batch,
    }
    last = (await ask(sender, user, 'push', input)).text
    if (last.split('"kind":"applied"').length !== perPush + 1) throw new Error(last.slice(0, 500))
  }
  const snapshot = await ask(sender, user, 'snapshot', { ...common, limit: 2 })
  return {
    ...{ user, scope, clientId, records, operations, secrets },
    cursor: tokenIn(last, 'cursor'),
    resumeToken: tokenIn(last, 'resumeToken'),
    pageToken: tokenIn(snapshot.text, 'pageToken'),
  }
}
