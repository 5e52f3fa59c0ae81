import type { SessionTime } from '../base/session-time.ts'
import { hasMortalOperations, recordLifetime } from '../model/lifetime.ts'
import type { Schema } from '../model/schema.ts'
import { logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { Store } from '../storage/store.ts'

export interface TimeContext {
  readonly scope: string
  readonly store: Store
  readonly schema: Schema
  readonly session?: SessionTime | undefined
}

/** Nothing else has an age that anybody asks for. */
export const canExpire = ({ collections }: Schema): boolean =>
  Object.values(collections).some(
    (definition) => hasMortalOperations(definition) || recordLifetime(definition) !== Infinity,
  )

/** Remembers what is there now: what is heard of the server next comes after it. */
export const sight = async ({ scope, store, schema, session }: TimeContext): Promise<void> => {
  if (session === undefined || !canExpire(schema)) return
  session.sight(scope, logHeadOf((await store.get(logKey(scope)))?.value).nextLocalSeq)
}

/** How much time passed since the server was heard can't be told: it has to be asked before anything expires, or goes. */
export const isTimeUnsure = ({ scope, schema, session }: TimeContext): boolean =>
  session !== undefined && canExpire(schema) && session.isStale(scope)
