import { ClientChanged } from '../client-changed.ts'

/**
 * Prisma: write conflict, transaction could not start or ran out of time, timeout, no connection, connection lost, too
 * many connections.
 */
const prismaCodes: ReadonlySet<string> = new Set([
  'P2034',
  'P2028',
  'P1008',
  'P1001',
  'P1002',
  'P1017',
  'P2037',
])

/** Names of Prisma's driver adapters. */
const driverKinds: ReadonlySet<string> = new Set([
  'TransactionWriteConflict',
  'SocketTimeout',
  'ConnectionClosed',
  'DatabaseNotReachable',
  'TooManyConnections',
])

/**
 * PostgreSQL: serialisation failure, deadlock, lock not available, statement cancelled, idle or whole transaction
 * out of time, server shutting down, crashed or starting, too many connections; connection exceptions.
 */
const sqlStates = /^(40001|40P01|55P03|57014|25P03|25P04|57P0[123]|53300|08...)$/

/** SQLite: another process holds the file. */
const sqliteCodes = /^SQLITE_(BUSY|LOCKED)/

/** node-postgres: lost connections and its own time-outs are plain errors without a code. */
const pgMessages: ReadonlySet<string> = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'timeout exceeded when trying to connect',
  'Query read timeout',
])

interface PrismaError {
  readonly code?: unknown
  readonly message?: unknown
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: DriverCause } }
  readonly cause?: DriverCause
}

interface DriverCause {
  readonly kind?: unknown
  readonly originalCode?: unknown
}

const isTransientCause = (cause: DriverCause | undefined): boolean => {
  const code = String(cause?.originalCode)
  return driverKinds.has(String(cause?.kind)) || sqliteCodes.test(code) || sqlStates.test(code)
}

/** True for failures of the database that pass by themselves. */
export const isTransient = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false
  const { code, message, meta, cause } = error as PrismaError
  return (
    error instanceof ClientChanged ||
    prismaCodes.has(String(code)) ||
    isTransientCause(meta?.driverAdapterError?.cause) ||
    isTransientCause(cause) ||
    pgMessages.has(String(message))
  )
}
