import type { Environment } from '@holdfast/core'
import type { Logger } from '../logger.ts'
import type { Broadcaster } from './broadcaster.ts'
import { connectedBroadcaster, type Connection, type ConnectionEvents } from './connected.ts'

/** What is used of a client of the package `redis`, version 5 or newer. */
export interface RedisClient {
  readonly connect: () => Promise<unknown>
  readonly subscribe: (channel: string, listener: (message: string) => void) => Promise<unknown>
  readonly publish: (channel: string, message: string) => Promise<unknown>
  readonly destroy: () => void
  readonly on: {
    (event: 'connect' | 'end', listener: () => void): unknown
    (event: 'error', listener: (error: Error) => void): unknown
  }
}

export interface RedisBroadcasterOptions {
  /**
   * Makes a client, not connected yet: `() => createClient({ url })`. Two are made, one listens and one speaks, and two
   * others after each failure.
   */
  readonly client: () => RedisClient
  /** The channel that all processes share. Channels know no database numbers. Default `holdfast`. */
  readonly channel?: string
  readonly environment?: Environment
  readonly logger?: Logger
}

/** Publish and subscribe of Redis: for processes that share one. */
export const redisBroadcaster = (options: RedisBroadcasterOptions): Broadcaster => {
  const { client: createClient, channel = 'holdfast', environment, logger } = options

  const open = ({ onMessage, onLost }: ConnectionEvents): Connection => {
    const [listening, speaking] = [createClient(), createClient()]
    const [subscriber, publisher] = [openClient(listening, onLost), openClient(speaking, onLost)]
    const listen = async (): Promise<void> => {
      await subscriber.connected
      await listening.subscribe(channel, onMessage)
    }
    return {
      ready: Promise.all([listen(), publisher.connected]),
      send: (text) => speaking.publish(channel, text),
      end: () => Promise.all([subscriber.end(), publisher.end()]),
    }
  }

  return connectedBroadcaster({ open, environment, logger })
}

interface OpenedClient {
  readonly connected: Promise<unknown>
  readonly end: () => Promise<void>
}

/** It would connect again by itself, and wait in between with a timer that nobody can cancel: an error is its end. */
const openClient = (client: RedisClient, onLost: (error: unknown) => void): OpenedClient => {
  let hasSocket = false
  let isOver = false
  const destroy = (): void => {
    try {
      client.destroy()
    } catch {
      // So say older versions where there is nothing left to destroy.
    }
  }
  client.on('connect', () => {
    hasSocket = true
    if (isOver) destroy()
  })
  client.on('error', (error) => {
    onLost(error)
    destroy()
  })
  client.on('end', () => onLost(new Error('The connection ended.')))
  const connected = client.connect()
  return {
    connected,
    async end() {
      isOver = true
      // A client that is destroyed without a socket goes on to connect.
      if (hasSocket) destroy()
      await connected.catch(() => undefined)
    },
  }
}
