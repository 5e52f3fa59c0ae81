import type { Environment } from '@holdfast/core'
import type { Logger } from '../logger.ts'
import type { Broadcaster } from './broadcaster.ts'
import { connectedBroadcaster, type Connection, type ConnectionEvents } from './connected.ts'

/** What is used of a `Client` of the package `pg`. */
export interface PostgresClient {
  readonly connect: () => Promise<unknown>
  readonly query: (text: string, values?: unknown[]) => Promise<unknown>
  readonly end: () => Promise<void>
  readonly on: {
    (event: 'notification', listener: (message: { readonly payload?: string | undefined }) => void): unknown
    (event: 'error', listener: (error: Error) => void): unknown
    (event: 'end', listener: () => void): unknown
  }
}

export interface PostgresBroadcasterOptions {
  /**
   * Makes a connection of its own, again after each failure: `() => new pg.Client({ connectionString })`. Not through a
   * pooler in transaction mode, which can't listen.
   */
  readonly client: () => PostgresClient
  /** The channel that all processes share. Default `holdfast`. */
  readonly channel?: string
  readonly environment?: Environment
  readonly logger?: Logger
}

/** LISTEN and NOTIFY of PostgreSQL: for processes that share a database. */
export const postgresBroadcaster = (options: PostgresBroadcasterOptions): Broadcaster => {
  const { client: createClient, channel = 'holdfast', environment, logger } = options

  const open = ({ onMessage, onLost }: ConnectionEvents): Connection => {
    const client = createClient()
    client.on('error', onLost)
    client.on('end', () => onLost(new Error('The connection ended.')))
    client.on('notification', ({ payload }) => onMessage(payload))
    const listen = async (): Promise<void> => {
      await client.connect()
      await client.query(`LISTEN "${channel.replaceAll('"', '""')}"`)
    }
    return {
      ready: listen(),
      send: (text) => client.query('SELECT pg_notify($1, $2)', [channel, text]),
      end: () => client.end(),
    }
  }

  return connectedBroadcaster({ open, environment, logger })
}
