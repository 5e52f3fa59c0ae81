import { decodePortable, encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { scope as scopeRule } from '../protocol/parts.ts'
import type { Patch } from './record.ts'

/** The type of the operation that takes a record to another scope. */
export const moveType = 'move'

/** Where a record goes, and what changes on the way. */
export interface MoveInput {
  readonly to: string
  readonly patch: Patch
}

export const encodeMove = ({ to, patch }: MoveInput): string => encodePortable({ to, patch })

/** @throws SyncError INVALID */
export const decodeMove = (payload: string): MoveInput => {
  const value: unknown = decodePortable(payload)
  const { to, patch = {} } = (typeof value === 'object' && value !== null ? value : {}) as Partial<MoveInput>
  if (scopeRule.safeParse(to).success && typeof patch === 'object') return { to: to as string, patch }
  throw new SyncError('INVALID', 'A move must name the scope that the record goes to.', { path: 'to' })
}
