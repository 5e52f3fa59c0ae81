import type { Environment } from '../base/environment.ts'
import { systemEnvironment } from '../base/system-environment.ts'
import { withWholeClock } from '../base/whole-clock.ts'
import { defaultRetry, type RetryPolicy } from '../engine/backoff.ts'
import { defaultLookAhead, type LookAheadPolicy } from '../engine/look-ahead-policy.ts'
import type { MeteredPolicy } from '../engine/metering.ts'
import type { Connectivity } from '../engine/scope-engine.ts'
import type { BatchLimits } from '../oplog/batch/draft.ts'
import type { Plugin } from '../plugin/define-plugin.ts'
import { maxBatch } from '../protocol/push.ts'
import { windowConnectivity } from './connectivity/window.ts'
import type { OnFull } from './make-room.ts'
import type { SyncClientOptions } from './options.ts'

/** What the app may leave out, filled in. The defaults are told in docs/guides/options.md. */
export interface Settings {
  readonly environment: Environment
  readonly connectivity: Connectivity
  readonly metered: MeteredPolicy
  readonly plugins: readonly Plugin[]
  readonly maxOps: number
  readonly onFull: OnFull
  readonly pageLimit: number
  readonly batchLimits: BatchLimits
  readonly answerMs: number
  readonly lookAhead: LookAheadPolicy
  readonly retry: RetryPolicy
  readonly pollEvery: number
}

export const withDefaults = (options: SyncClientOptions): Settings => ({
  environment: withWholeClock(options.environment ?? systemEnvironment),
  connectivity: options.connectivity ?? windowConnectivity(),
  metered: options.metered ?? 'sync',
  plugins: options.plugins ?? [],
  maxOps: options.limits?.maxOps ?? 5_000,
  onFull: options.limits?.onFull ?? 'block',
  pageLimit: options.limits?.page ?? 500,
  batchLimits: { operations: options.batch?.operations ?? maxBatch, bytes: options.batch?.bytes ?? 800_000 },
  answerMs: options.batch?.answerMs ?? 5_000,
  lookAhead: {
    ...defaultLookAhead,
    ...options.preflight,
    onRisk: { ...defaultLookAhead.onRisk, ...options.preflight?.onRisk },
  },
  retry: { base: options.retry?.base ?? defaultRetry.base, cap: options.retry?.cap ?? defaultRetry.cap },
  pollEvery: options.pollEvery ?? 60_000,
})
