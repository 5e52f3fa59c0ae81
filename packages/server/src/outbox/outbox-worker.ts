import { SyncError, systemEnvironment, type Environment } from '@holdfast/core'
import type { Broadcaster } from '../broadcast/broadcaster.ts'
import { stderrLogger, type Logger } from '../logger.ts'
import type { ClaimedEvent, EventKey, OutboxStore, ServerStore } from '../store/contract.ts'
import { readEvent, type OutboxEvent } from './event.ts'

export interface OutboxWorkerOptions<TDatabase> {
  readonly store: ServerStore<TDatabase>
  /**
   * Hands an event on, e.g. into the app's queue. Resolves once that has it; then it is forgotten. May be called again with
   * the same event (its scope and head name it), also by another process. Rejects: it is tried again later, and later
   * events of its scope wait.
   */
  readonly deliver: (event: OutboxEvent) => Promise<unknown>
  /** Milliseconds between two looks while there is nothing. Default 1,000. */
  readonly pollEvery?: number
  /** Looks at once when something was committed. Default: none. */
  readonly broadcaster?: Pick<Broadcaster, 'subscribe'>
  /** Milliseconds that a claim lasts: the most that `deliver` may take. Default 60,000. */
  readonly claimMs?: number
  /** Events that are claimed at once. Default 50. */
  readonly batch?: number
  readonly environment?: Environment
  readonly logger?: Logger
}

export interface OutboxWorker {
  /** Ends after the event that is being delivered; what was claimed beyond it is given back. */
  readonly stop: () => Promise<void>
}

const longestWait = 600_000

/**
 * Delivers what `outbox: true` keeps: each event at least once, in the order of its scope, however many workers there are.
 * @throws SyncError MISCONFIGURED where the store keeps no events
 */
export const createOutboxWorker = <TDatabase>(options: OutboxWorkerOptions<TDatabase>): OutboxWorker => {
  const { store, pollEvery = 1_000, broadcaster, environment = systemEnvironment } = options
  const { outbox } = store
  if (outbox === undefined) {
    throw new SyncError('MISCONFIGURED', 'outbox: this store keeps no events.', { option: 'store' })
  }
  const { logger = stderrLogger } = options
  const bell = createBell(environment)
  const stopping = new AbortController()
  const isStopping = (): boolean => stopping.signal.aborted

  const run = async (): Promise<void> => {
    while (!isStopping()) {
      try {
        const delivered = await deliverSome({ ...options, outbox, environment, logger }, isStopping)
        if (delivered === 0 && !isStopping()) await bell.wait(pollEvery)
      } catch (error) {
        logger.error('The outbox can not be read; it is tried again.', { error })
        if (!isStopping()) await bell.wait(pollEvery)
      }
    }
  }
  const unsubscribe = broadcaster?.subscribe({
    onHint: bell.ring,
    onGap: bell.ring,
    onClose: () => undefined,
  })
  const running = run()
  return {
    async stop() {
      stopping.abort()
      unsubscribe?.()
      bell.ring()
      await running
    },
  }
}

interface Bell {
  readonly ring: () => void
  /** Resolves when it rings, at once where it rang since the last wait, or when the time is over. */
  readonly wait: (ms: number) => Promise<void>
}

const createBell = ({ timers }: Environment): Bell => {
  let rang = false
  let wake: (() => void) | undefined
  return {
    ring() {
      rang = true
      wake?.()
    },
    async wait(ms) {
      if (!rang) {
        await new Promise<void>((resolve) => {
          const cancel = timers.after(ms, resolve)
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
      wake = undefined
      rang = false
    },
  }
}

interface Delivering<TDatabase> extends OutboxWorkerOptions<TDatabase> {
  readonly outbox: OutboxStore
  readonly environment: Environment
  readonly logger: Logger
}

/** Claims some, and delivers them. @returns how many were delivered */
const deliverSome = async <TDatabase>(
  { outbox, deliver, claimMs = 60_000, batch = 50, environment, logger }: Delivering<TDatabase>,
  isStopping: () => boolean,
): Promise<number> => {
  const { clock } = environment
  const by = environment.newId()
  const claimedAt = clock.monotonic()
  const now = clock.now()
  const claimed = await outbox.claim({ by, now, until: now + claimMs, limit: batch })
  const done: EventKey[] = []
  const left: EventKey[] = []
  const failed = new Map<string, ClaimedEvent>()
  for (const event of claimed) {
    const { scope, head } = event
    // Half of the claim is kept for the event that is under way, and for forgetting it.
    const isLate = clock.monotonic() - claimedAt > claimMs / 2
    if (isStopping() || isLate || failed.has(scope)) {
      left.push({ scope, head })
      continue
    }
    try {
      await deliver(readEvent(scope, head, event.event))
      done.push({ scope, head })
    } catch (error) {
      logger.error('An event could not be delivered; it is tried again.', { scope, head, error })
      failed.set(scope, event)
    }
  }
  await outbox.remove(by, done)
  for (const { scope, head, attempts } of failed.values()) {
    const wait = Math.min(longestWait, 1_000 * 2 ** Math.min(attempts, 20))
    await outbox.release(by, [{ scope, head }], clock.now() + wait)
  }
  await outbox.release(by, left, 0)
  return done.length
}
