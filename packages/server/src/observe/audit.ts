import type { ErrorCode } from '@holdfast/core'
import type { Result } from '@holdfast/core/protocol'
import type { ReadOperation } from '../apply/read-operation.ts'
import type { Logger } from '../logger.ts'

/** What became of one operation that a device sent: names and codes, never a value. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly scope: string
  readonly userId: string
  readonly clientId: string
  readonly operationId: string
  /** Empty, with record and type, where the operation could not be read. */
  readonly collection: string
  readonly recordId: string
  readonly type: string
  /** `duplicate`: it came before, and was told again what became of it. `retry`: nothing was decided. */
  readonly result: Result['kind']
  readonly code: ErrorCode | undefined
}

export type Audit = (entry: AuditEntry) => void

/** Told after the commit, operation by operation: it can undo nothing. */
export const tellAudit = (
  { audit, logger }: { readonly audit?: Audit | undefined; readonly logger: Logger },
  request: Pick<AuditEntry, 'at' | 'scope' | 'userId' | 'clientId'>,
  decided: readonly { readonly read: ReadOperation; readonly result: Result }[],
): void => {
  if (audit === undefined) return
  for (const { read, result } of decided) {
    const code = 'code' in result ? result.code : undefined
    try {
      audit({ ...request, operationId: read.id, ...namesOf(read), result: result.kind, code })
    } catch (error) {
      logger.error('audit failed.', { error })
    }
  }
}

const namesOf = (read: ReadOperation): Pick<AuditEntry, 'collection' | 'recordId' | 'type'> => {
  switch (read.kind) {
    case 'sent':
      return {
        collection: read.operation.collection,
        recordId: read.operation.recordId,
        type: read.operation.type,
      }
    case 'malformed':
      return { collection: read.collection, recordId: read.recordId, type: read.type }
    case 'unreadable':
      return { collection: '', recordId: '', type: '' }
  }
}
