import { hasCode } from '../../base/errors.ts'

/** True where nobody can bring the records up. */
export const isIncompatible = (error: unknown): boolean =>
  hasCode(error, 'RESET_REQUIRED') && error.details.reason === 'schema_incompatible'
