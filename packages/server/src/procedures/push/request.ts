import { SyncError } from '@holdfast/core'
import type { Instance } from '@holdfast/core/protocol'
import { bySeq, readOperation, type ReadOperation } from '../../apply/read-operation.ts'
import type { Limits } from '../../limits.ts'
import { readInput } from '../envelope.ts'

/** A push whose form is right. */
export interface PushRequest {
  readonly protocol: number
  /** The device's, where it says. */
  readonly schemaVersion: string | undefined
  readonly user: string
  readonly clientId: string
  readonly instance: Instance
  readonly scope: string
  readonly cursor: string
  /** By clientSeq. */
  readonly operations: readonly ReadOperation[]
  /** Numbers of the client's operations that wait and were left out. */
  readonly waiting: readonly number[]
  /** The most changes that its answer may bring, where the device says. */
  readonly limit: number | undefined
}

/** @throws SyncError UPGRADE_REQUIRED, INVALID, TOO_LARGE */
export const readPush = (user: string, input: unknown, limits: Limits): PushRequest => {
  const parsed = readInput('push', input)
  const {
    protocol,
    clientId,
    instance,
    scope,
    cursor,
    schemaVersion,
    operations,
    waiting = [],
    limit,
  } = parsed
  if (operations.length > limits.batch) {
    throw new SyncError(
      'TOO_LARGE',
      `A push may carry ${limits.batch} operations, this one has ${operations.length}.`,
      {
        what: 'batch',
        limit: limits.batch,
        actual: operations.length,
      },
    )
  }
  const read = operations.map((operation, index) => readOperation(operation, index, limits.payload))
  const named = { protocol, schemaVersion, user, clientId, instance, scope, cursor }
  return { ...named, operations: read.sort(bySeq), waiting, limit }
}
