import {
  isNewerVersion,
  hasMortalOperations,
  operationLifetime,
  type WireOperation,
} from '@holdfast/core/protocol'
import { isSyncError } from '@holdfast/core'
import type { Batch, Gate } from './batch.ts'
import type { Malformed, Sent } from './read-operation.ts'

/** What is sent at once needs no longer on its way. */
const dropMs = 60_000

/**
 * True where all that is decided together came when its lifetime was over [TL8]: what lives longest keeps the rest of its
 * transaction.
 */
export const isExpired = async (
  batch: Batch,
  gate: Pick<Gate, 'prepare'>,
  unit: readonly (Sent | Malformed)[],
): Promise<boolean> => {
  for (const read of unit)
    if (read.kind === 'malformed' || !(await isOver(batch, gate, read.operation))) return false
  return true
}

const isOver = async (batch: Batch, gate: Pick<Gate, 'prepare'>, sent: WireOperation): Promise<boolean> => {
  const { schema, now, limits } = batch
  const definition = Object.hasOwn(schema.collections, sent.collection)
    ? schema.collections[sent.collection]
    : undefined
  if (definition === undefined || !hasMortalOperations(definition)) return false
  // What a newer app means by it is not known here.
  if (isNewerVersion(sent.opVersion, schema.version)) return false
  const lifetime = await lifetimeOf(definition, sent, { schema, gate })
  if (lifetime === undefined) return false
  const { age } = sent
  const allowed = lifetime === 'drop' ? dropMs : lifetime
  // Who does not measure has only its corrected clock to go by.
  return age === undefined ? now - sent.timestamp > allowed + limits.clockAheadMs : age >= allowed
}

/** Undefined where it can't be told: then it is judged as any other. */
const lifetimeOf = async (
  definition: Batch['schema']['collections'][string],
  sent: WireOperation,
  { schema, gate }: Pick<Batch, 'schema'> & { readonly gate: Pick<Gate, 'prepare'> },
): Promise<number | 'drop' | undefined> => {
  try {
    const isOlder = isNewerVersion(schema.version, sent.opVersion)
    return operationLifetime(definition, isOlder ? await gate.prepare(sent) : sent)
  } catch (error) {
    if (isSyncError(error)) return undefined
    throw error
  }
}
