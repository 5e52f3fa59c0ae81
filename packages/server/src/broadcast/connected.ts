import { systemEnvironment, type Environment } from '@holdfast/core'
import { stderrLogger, type Logger } from '../logger.ts'
import type { Broadcaster } from './broadcaster.ts'
import { createListeners } from './listeners.ts'
import { createOutbox, readHints } from './outbox.ts'
import { createWithin } from './within.ts'

/** To what carries the messages of all processes: it listens and speaks, and once lost it is not used again. */
export interface Connection {
  /** It listens. */
  readonly ready: Promise<unknown>
  readonly send: (text: string) => Promise<unknown>
  /** Lets go of it, whatever it is doing. Is called again, at times. */
  readonly end: () => Promise<unknown>
}

export interface ConnectionEvents {
  readonly onMessage: (text: string | undefined) => void
  /** As often as it likes, but not before there is a connection. */
  readonly onLost: (error: unknown) => void
}

export interface ConnectedOptions {
  readonly open: (events: ConnectionEvents) => Connection
  readonly environment?: Environment | undefined
  readonly logger?: Logger | undefined
}

type State =
  | { readonly kind: 'opening'; readonly attempt: Attempt; readonly settled: Promise<void> }
  | { readonly kind: 'ready'; readonly attempt: Attempt; readonly since: number }
  | { readonly kind: 'waiting'; readonly cancel: () => void }
  | { readonly kind: 'over' }

type Lose = (error: unknown) => void

interface Attempt {
  readonly connection: Connection
  /** Only the first time counts. */
  readonly lose: Lose
  /** Waits for one answer at a time; rejects when none comes, or once the connection is lost, which may never give one. */
  readonly answer: <TAnswer>(work: Promise<TAnswer>) => Promise<TAnswer>
}

/** Milliseconds between two attempts to connect: the first one, and the longest. */
const firstWait = 100
const longestWait = 5_000

/** After a connection that lasted this long waits are short again. */
const longEnough = 10_000

const patience = 15_000
const patienceAtTheEnd = 2_000

/** A broadcaster over one connection at a time, which is opened again whenever it is lost. */
export const connectedBroadcaster = (options: ConnectedOptions): Broadcaster => {
  const { open, environment = systemEnvironment, logger = stderrLogger } = options
  const { clock, timers, random } = environment
  const within = createWithin(timers)
  const listeners = createListeners()
  const outbox = createOutbox()
  let state: State = { kind: 'over' }
  let failures = 0
  let sending: Promise<void> | undefined
  let ending: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined

  const onMessage = (text: string | undefined): void => {
    for (const hint of readHints(text)) listeners.tell(({ onHint }) => onHint(hint))
  }

  const tryAgain = (error: unknown): void => {
    if (state.kind === 'ready' && clock.monotonic() - state.since >= longEnough) failures = 0
    failures += 1
    if (failures === 1) logger.error('The connection for hints is lost; it is opened again.', { error })
    const wait = Math.min(longestWait, firstWait * 2 ** Math.min(failures - 1, 10))
    state = { kind: 'waiting', cancel: timers.after(wait * (0.5 + random.next() / 2), connect) }
  }

  const connect = (): void => {
    let isLost = false
    let connection: Connection | undefined
    let interrupt: Lose | undefined
    const lose = (error: unknown): void => {
      if (isLost) return
      isLost = true
      interrupt?.(error)
      letGo(connection)
      if (closing === undefined) tryAgain(error)
      else state = { kind: 'over' }
    }
    try {
      connection = open({ onMessage, onLost: lose })
    } catch (error) {
      lose(error)
      return
    }
    const answer: Attempt['answer'] = (work) =>
      within(
        patience,
        new Promise((resolve, reject) => {
          interrupt = reject
          work.then(resolve, reject)
        }),
      )
    const attempt = { connection, lose, answer }
    const onReady = (): void => {
      if (isLost || state.kind === 'over') return
      state = { kind: 'ready', attempt, since: clock.monotonic() }
      // What others told while nobody listened here.
      if (closing === undefined) listeners.tell(({ onGap }) => onGap())
      flush()
    }
    state = { kind: 'opening', attempt, settled: answer(connection.ready).then(onReady, lose) }
  }

  const letGo = (connection: Connection | undefined): void => {
    if (connection !== undefined) ending = connection.end().then(undefined, () => undefined)
  }

  /** One message at a time; what comes up meanwhile is in the next one. */
  const sendAll = async ({ connection, answer }: Attempt): Promise<void> => {
    for (let message = outbox.next(); message !== undefined; message = outbox.next()) {
      try {
        await answer(connection.send(message.text))
      } catch (error) {
        message.putBack()
        throw error
      }
    }
  }

  const flush = (): void => {
    if (sending !== undefined || state.kind !== 'ready' || outbox.isEmpty()) return
    sending = sendAll(state.attempt)
      .catch(state.attempt.lose)
      .then(() => {
        sending = undefined
        // Since the last message, or over another connection than the one that failed.
        flush()
      })
  }

  /** What waits has gone out, as far as there is, or soon will be, a connection. */
  const drained = async (): Promise<void> => {
    if (state.kind === 'opening' && !outbox.isEmpty()) await state.settled
    if (sending === undefined) return
    await sending
    await drained()
  }

  const finish = async (): Promise<void> => {
    if (state.kind === 'waiting') state.cancel()
    await within(patienceAtTheEnd, drained()).catch(() => undefined)
    if (state.kind === 'opening' || state.kind === 'ready') letGo(state.attempt.connection)
    state = { kind: 'over' }
    await within(patienceAtTheEnd, ending).catch(() => undefined)
    listeners.tell(({ onClose }) => onClose())
    listeners.clear()
  }

  connect()
  return {
    publish(hint) {
      if (closing !== undefined) return
      outbox.add(hint)
      flush()
    },
    subscribe: listeners.add,
    close() {
      closing ??= finish()
      return closing
    },
  }
}
