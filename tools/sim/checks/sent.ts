import type { WireOperation } from '@holdfast/core/protocol'
import { canonical } from '../model/values.ts'
import { findOperation, type DeviceMirror } from './mirror.ts'
import { must } from './violation.ts'

type Told = Pick<
  WireOperation,
  'collection' | 'recordId' | 'type' | 'payload' | 'baseVersion' | 'timestamp' | 'opVersion' | 'marks'
> & {
  readonly clientSeq?: number | undefined
  readonly transaction?: { readonly id: string; readonly size: number } | undefined
}

const textOf = (operation: Told): string => {
  const { collection, recordId, type, payload, baseVersion, timestamp, opVersion, clientSeq } = operation
  const { transaction, marks = '' } = operation
  const what = { collection, recordId, type, payload, baseVersion, timestamp, opVersion, marks }
  const { id, size } = transaction ?? { id: '', size: 1 }
  return canonical({ ...what, clientSeq: clientSeq ?? 0, transaction: id, size })
}

/** What leaves a device is what it has stored. @throws Violation */
export const checkSent = (device: DeviceMirror, operation: WireOperation): void => {
  const found = findOperation(device, operation.id)
  // What was sent once goes out as it was, also where the app has a newer version since.
  const stored = found && { ...found, ...found.sentAs }
  // An empty one stands for what was discarded with its scope; another tab may discard it just now.
  if (operation.type === '' || stored === undefined) return
  // Another tab may have taken its number back, after this one took the batch.
  const isUnnumbered = stored.status === 'SENT' && stored.clientSeq === undefined
  const sent = isUnnumbered ? { ...operation, clientSeq: undefined } : operation
  must(
    textOf(stored) === textOf(sent),
    'conserved',
    () => `${operation.id} is sent as ${textOf(operation)}, and stored as ${textOf(stored)}`,
  )
}
