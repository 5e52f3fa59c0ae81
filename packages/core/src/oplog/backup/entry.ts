import type { ResetReason } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import { jsonEntry } from '../json-entry.ts'

/** What a device kept of its own before it was set right. */
export interface Backup {
  readonly id: string
  readonly scope: string
  readonly reason: ResetReason
  /** When it was begun, by this device's clock. */
  readonly at: number
  readonly schemaVersion: string
  /** How many operations it holds. */
  readonly size: number
  /** Up to which number the server had decided when the device was away for too long; absent: it did not say. */
  readonly decidedTo?: number | undefined
}

/** `place`: where the rest is to be copied from, behind `after`; absent: all is copied. */
export interface StoredBackup extends Backup {
  readonly parts: number
  readonly place?: BackupPlace | undefined
  readonly after?: string | undefined
}

export type BackupPlace = 'op' | 'dead' | 'conflict'

/** Texts are in the portable codec. */
export interface BackupPart {
  /** Undecided, in conflict, or rejected. */
  readonly operations: readonly Operation[]
  readonly conflicts: readonly KeptConflict[]
  /** What was shown of their records; null: nothing. */
  readonly records: readonly KeptRecord[]
}

export interface KeptConflict {
  readonly collection: string
  readonly recordId: string
  readonly fields: readonly string[]
  readonly theirs: string | null
  readonly updatedBy: string
  readonly updatedAt: number
}

export interface KeptRecord {
  readonly collection: string
  readonly recordId: string
  readonly shown: string | null
}

export const backupEntry = jsonEntry<StoredBackup>('backup')
export const partEntry = jsonEntry<BackupPart>('backup')
