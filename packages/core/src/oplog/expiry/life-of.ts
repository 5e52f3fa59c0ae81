import { operationLifetime } from '../../model/lifetime.ts'
import type { OperationLife } from '../../model/operation.ts'
import type { AnyCollection } from '../../model/schema.ts'
import type { LogHead } from '../entries.ts'
import { eraAtWrite, noEra, type Era } from './era.ts'
import type { SessionTime } from './session-time.ts'

/** When an operation is made, and the era that the log is in then. */
export interface Made {
  readonly life: OperationLife
  readonly era: Era
}

/** Undefined for what lives for ever. */
export const madeNow = (
  head: LogHead,
  session: SessionTime | undefined,
  operation: { readonly definition: AnyCollection; readonly type: string; readonly payload: string },
): Made | undefined => {
  const { definition } = operation
  if (session === undefined || definition.lifetime === undefined) return undefined
  const lifetime = operationLifetime(definition, operation)
  if (lifetime === Infinity) return undefined
  const look = session.look()
  const era = eraAtWrite(head.era ?? noEra, look)
  const { wall, monotonic } = look
  return { life: { lifetime, era: era.number, wall, session: session.id, monotonic }, era }
}
