import { BehaviorSubject, type Observable, type Subscription } from 'rxjs'
import type { Cancel } from '../base/environment.ts'
import { SyncError, hasCode } from '../base/errors.ts'
import { toSyncError } from '../base/to-sync-error.ts'
import type { SyncProgress } from '../model/progress.ts'
import type { RetryPolicy } from './backoff.ts'
import { runCycle } from './cycle.ts'
import type { CycleContext } from './cycle-context.ts'
import { FetchDeferred } from './fetch-deferred.ts'
import { createFrugal } from './frugal.ts'
import { watchLog } from './log-watch.ts'
import { allowanceOn, type MeteredPolicy, type Metering } from './metering.ts'
import type { EngineEffect, EngineEvent, EngineState } from './states.ts'
import { initialState, transition } from './transition.ts'
import { createWaits } from './waits.ts'

/** Tells whether there is a network. */
export interface Connectivity {
  readonly isOnline: () => boolean
  /** Emits each change. */
  readonly online$: Observable<boolean>
  /** Whether it is metered; absent where nobody can tell. */
  readonly metering?: Metering | undefined
}

export interface ScopeEngineOptions {
  readonly cycle: Omit<CycleContext, 'onPhase' | 'onProgress' | 'pause' | 'frugal'>
  readonly retry: RetryPolicy
  /** Milliseconds between two pulls while nothing else happens. */
  readonly pollEvery: number
  readonly connectivity: Connectivity
  /** What is done on a metered network. */
  readonly metered: MeteredPolicy
}

/** Keeps one scope in sync: gives the state machine time, network and results, and does what it decides. */
export interface ScopeEngine {
  readonly state$: Observable<EngineState>
  readonly state: () => EngineState
  /** How far the run under way is; undefined while there is none, or it has not begun to count. */
  readonly progress$: Observable<SyncProgress | undefined>
  readonly send: (event: EngineEvent) => void
  readonly close: () => void
}

const isWithoutAnswer = (error: SyncError): boolean =>
  hasCode(error, 'NETWORK_UNREACHABLE') || hasCode(error, 'BAD_ANSWER') || hasCode(error, 'SERVER_FAILED')

export const createScopeEngine = (options: ScopeEngineOptions): ScopeEngine => {
  const { cycle, retry, pollEvery, connectivity, metered } = options
  const { clock, timers, random } = cycle.environment
  const states = new BehaviorSubject<EngineState>(initialState)
  const progress = new BehaviorSubject<SyncProgress | undefined>(undefined)
  let timer: Cancel = () => undefined
  let poll: Cancel = () => undefined
  let current: AbortController | undefined
  let goOn: () => void = () => undefined
  const frugal = createFrugal(cycle.pageLimit)
  let heardServer = false
  const remaining = createWaits(clock)

  const send = (event: EngineEvent): void => {
    const allowed = allowanceOn(metered, connectivity.metering?.metered())
    const { state, effects } = transition(states.value, event, retry, allowed)
    if (state !== states.value) states.next(state)
    if (state.status !== 'syncing' && progress.value !== undefined) progress.next(undefined)
    for (const effect of effects) perform(effect)
  }

  const perform = (effect: EngineEffect): void => {
    switch (effect.type) {
      case 'run':
        void run(effect)
        return
      case 'goOn':
        goOn()
        return
      case 'abort':
        current?.abort(new SyncError('CLOSED', 'Sync was stopped.', {}))
        current = undefined
        return
      case 'retryAt':
        timer()
        timer = timers.after(remaining(effect.at), () => send({ type: 'retryDue' }))
        return
      case 'poll':
        poll()
        poll = timers.after(pollEvery, () => send({ type: 'wake' }))
        return
      case 'cancelTimer':
        timer()
        poll()
        return
    }
  }

  const run = async ({ leaveHeld, only }: Extract<EngineEffect, { type: 'run' }>): Promise<void> => {
    const controller = new AbortController()
    current = controller
    const isCurrent = (): boolean => current === controller
    const onPhase: CycleContext['onPhase'] = (phase) => {
      if (isCurrent()) send({ type: 'phase', phase })
    }
    const onProgress: CycleContext['onProgress'] = (so) => {
      if (isCurrent()) progress.next(so)
    }
    const pause: CycleContext['pause'] = (error, refusals) =>
      new Promise((resolve, reject) => {
        const { signal } = controller
        const giveUp = (): void => reject(toSyncError(signal.reason))
        signal.addEventListener('abort', giveUp, { once: true })
        goOn = () => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        }
        send({ type: 'limited', error, refusals, at: clock.now(), jitter: random.next() })
      })
    try {
      const { undecided, attention } = await runCycle(
        { ...cycle, onPhase, onProgress, pause, frugal: only && frugal },
        { pullFirst: !heardServer, leaveHeld: leaveHeld === true, signal: controller.signal },
      )
      // One that only pushes has pulled nothing, and may have asked nothing.
      if (only === undefined) {
        heardServer = true
        frugal.came(false)
      }
      if (undecided !== undefined && attention === undefined) {
        if (!isCurrent()) return
        send({ type: 'failed', error: undecided, at: clock.now(), jitter: random.next(), onlyHeld: true })
        return
      }
      const { pending, sent, held, conflicts, deadLetters } = await log.read()
      if (!isCurrent()) return
      // Another tab may have queued something that this one has not heard of: then this is not the end.
      const mayBeLeft = leaveHeld === true || attention !== undefined ? held : 0
      if (undecided === undefined && pending + sent > mayBeLeft) send({ type: 'written' })
      if (attention === undefined) send({ type: 'finished', at: clock.now(), conflicts, deadLetters })
      else send({ type: 'attention', ...attention })
      report(await cycle.hooks.observe('onMaintenance', { now: clock.now() }))
    } catch (thrown) {
      if (thrown instanceof FetchDeferred) {
        if (isCurrent()) send({ type: 'deferred' })
        return
      }
      const error = toSyncError(thrown)
      if (!isCurrent()) return
      // Another tab left the scope: whoever made this engine is about to hear of it.
      if (hasCode(error, 'SCOPE_NOT_JOINED')) return send({ type: 'stop' })
      // A push may have taken effect all the same: to be told costs less than to send it again.
      if (isWithoutAnswer(error)) heardServer = false
      send({ type: 'failed', error, at: clock.now(), jitter: random.next() })
      if (hasCode(error, 'RESET_REQUIRED'))
        report(await cycle.hooks.observe('beforeReset', { scope: cycle.scope, error }))
    }
  }

  const report = (failures: readonly SyncError[]): void => failures.forEach(cycle.onProblem)

  const log = watchLog(cycle.store, cycle.scope, ({ pending, sent, conflicts, deadLetters }) =>
    send({ type: 'counted', queued: pending + sent, conflicts, deadLetters }),
  )

  // What fails in the app's own source, or in a library, ends no client: what was last known stands.
  const problem = (thrown: unknown): void => cycle.onProblem(toSyncError(thrown))
  const subscription: Subscription = connectivity.online$.subscribe({
    next: (online) => send({ type: online ? 'online' : 'offline' }),
    error: problem,
  })
  if (metered !== 'sync')
    subscription.add(
      connectivity.metering?.metered$.subscribe({ next: () => send({ type: 'allowed' }), error: problem }),
    )

  return {
    state$: states,
    state: () => states.value,
    progress$: progress,
    send,
    close() {
      send({ type: 'stop' })
      try {
        subscription.unsubscribe()
      } catch (thrown) {
        problem(thrown)
      }
      log.close()
      states.complete()
      progress.complete()
    },
  }
}
