/** Prisma: write conflict, transaction could not start or ran out of time, timeout, connection lost. */
const transientCodes: ReadonlySet<string> = new Set(['P2034', 'P2028', 'P1008', 'P1001', 'P1002', 'P1017'])
const transientKinds: ReadonlySet<string> = new Set([
  'TransactionWriteConflict',
  'SocketTimeout',
  'ConnectionClosed',
])

interface PrismaError {
  readonly code?: unknown
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: DriverCause } }
  readonly cause?: DriverCause
}

interface DriverCause {
  readonly kind?: unknown
  readonly originalCode?: unknown
}

const isTransientCause = (cause: DriverCause | undefined): boolean =>
  transientKinds.has(String(cause?.kind)) || /^SQLITE_(BUSY|LOCKED)/.test(String(cause?.originalCode))

/** True for failures of the database that pass by themselves. */
export const isTransient = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false
  const { code, meta, cause } = error as PrismaError
  return (
    transientCodes.has(String(code)) ||
    isTransientCause(meta?.driverAdapterError?.cause) ||
    isTransientCause(cause)
  )
}
