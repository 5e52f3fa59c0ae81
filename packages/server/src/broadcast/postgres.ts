import { systemEnvironment, type Environment } from '@holdfast/core'
import { stderrLogger, type Logger } from '../logger.ts'
import type { Broadcaster, Hint } from './broadcaster.ts'
import { createListeners } from './listeners.ts'
import { createOutbox, readHints } from './outbox.ts'

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

/** Milliseconds between two attempts to connect: the first one, and the longest. */
const firstWait = 100
const longestWait = 5_000

/** LISTEN and NOTIFY of PostgreSQL: for processes that share a database. */
export const postgresBroadcaster = (options: PostgresBroadcasterOptions): Broadcaster => {
  const { client: createClient, channel = 'holdfast', logger = stderrLogger } = options
  const { timers, random } = options.environment ?? systemEnvironment
  const listeners = createListeners()
  const outbox = createOutbox()
  let connection: PostgresClient | undefined
  let isOpen = true
  let failures = 0
  let flushing: Promise<void> | undefined

  const lose = (client: PostgresClient, error: unknown): void => {
    if (client !== connection && connection !== undefined) return
    connection = undefined
    client.end().catch(() => undefined)
    if (!isOpen) return
    failures += 1
    if (failures === 1) logger.error('The connection for hints is lost; it is opened again.', { error })
    const wait = Math.min(longestWait, firstWait * 2 ** Math.min(failures - 1, 10))
    timers.after(wait * (0.5 + random.next() / 2), connect)
  }

  const connect = (): void => {
    if (!isOpen) return
    const client = createClient()
    let isLost = false
    const onLost = (error: unknown): void => {
      if (isLost) return
      isLost = true
      lose(client, error)
    }
    client.on('error', onLost)
    client.on('end', () => onLost(new Error('The connection ended.')))
    client.on('notification', ({ payload }) => {
      for (const hint of readHints(payload)) listeners.tell(({ onHint }) => onHint(hint))
    })
    const open = async (): Promise<void> => {
      await client.connect()
      await client.query(`LISTEN "${channel.replaceAll('"', '""')}"`)
      if (!isOpen || isLost) {
        await client.end()
        return
      }
      connection = client
      failures = 0
      // What others told while nobody listened here.
      listeners.tell(({ onGap }) => onGap())
      flush()
    }
    open().catch(onLost)
  }

  const flush = (): void => {
    if (flushing !== undefined) return
    flushing = send()
      .catch(() => undefined)
      .finally(() => {
        flushing = undefined
      })
  }

  /** One message at a time; what comes up meanwhile is in the next one. */
  const send = async (): Promise<void> => {
    for (;;) {
      const client = connection
      const message = client === undefined ? undefined : outbox.next()
      if (client === undefined || message === undefined) return
      try {
        await client.query('SELECT pg_notify($1, $2)', [channel, message.text])
      } catch (error) {
        message.putBack()
        lose(client, error)
        return
      }
    }
  }

  connect()
  return {
    publish(hint: Hint) {
      if (!isOpen) return
      outbox.add(hint)
      flush()
    },
    subscribe: listeners.add,
    async close() {
      if (!isOpen) return
      isOpen = false
      await flushing
      const client = connection
      connection = undefined
      await client?.end().catch(() => undefined)
      listeners.tell(({ onClose }) => onClose())
      listeners.clear()
    },
  }
}
