import { operationLifetime } from '../../model/lifetime.ts'
import type { OperationLife } from '../../model/operation.ts'
import type { LogHead } from '../entries.ts'
import type { Intent } from '../intent.ts'
import { eraAtWrite, noEra, type Era } from './era.ts'
import type { SessionTime } from '../../base/session-time.ts'

/** When an operation is made, and the era that the log is in then. */
export interface Made {
  readonly life: OperationLife
  readonly era: Era
}

/** Undefined for what lives for ever. */
export const madeNow = (
  head: LogHead,
  session: SessionTime | undefined,
  operation: Pick<Intent, 'scope' | 'definition' | 'type' | 'payload'>,
): Made | undefined => {
  const { scope, definition } = operation
  if (session === undefined || definition.lifetime === undefined) return undefined
  const lifetime = operationLifetime(definition, operation)
  if (lifetime === Infinity) return undefined
  const look = session.look(scope)
  const era = eraAtWrite(head.era ?? noEra, look)
  const { wall, monotonic } = look
  return { life: { lifetime, era: era.number, wall, session: session.id, monotonic }, era }
}
