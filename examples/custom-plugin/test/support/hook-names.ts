import type { HookName } from '@holdfast/core'
import type { ServerHookName } from '@holdfast/server'

/** Hooks of the client's table that the example does not use: lifetimes and answers have tests of their own. */
export const notCalledYet = ['expireQueue', 'beforeAnswer'] as const satisfies readonly HookName[]

export type CalledHookName = Exclude<HookName, (typeof notCalledYet)[number]>

/** The compiler sees to it that no hook of the client's table is missing. */
const called: Readonly<Record<CalledHookName, true>> = {
  beforeEnqueue: true,
  compactQueue: true,
  beforePush: true,
  afterPush: true,
  beforeApplyRemote: true,
  afterApplyRemote: true,
  onConflict: true,
  beforeReset: true,
  onMaintenance: true,
  onStateChange: true,
  migrateRecord: true,
  migrateOperation: true,
}

/** And none of the server's. */
const calledByServer: Readonly<Record<ServerHookName, true>> = {
  migrateRecord: true,
  migrateOperation: true,
  acceptOperation: true,
  beforeJudge: true,
  beforeApply: true,
  afterCommit: true,
}

export const clientHookNames = Object.keys(called) as CalledHookName[]
export const serverHookNames = Object.keys(calledByServer) as ServerHookName[]
