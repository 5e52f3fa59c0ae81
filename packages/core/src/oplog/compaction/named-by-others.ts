import type { Operation } from '../../model/operation.ts'
import type { CheckedFold } from './check-folds.ts'

/**
 * Folds without those that would take away an operation which another one names. The delta of a field type may build on the
 * operation before it, by its id: without that it would have lost its place.
 * @param operations all that could name one of those that are folded
 */
export const withoutNamed = (
  folds: readonly CheckedFold[],
  operations: readonly Operation[],
): readonly CheckedFold[] => {
  const gone = new Set(folds.flatMap((fold) => goneBy(fold).map(({ id }) => id)))
  const payloads = new Map(operations.map(({ id, payload }) => [id, payload]))
  for (const fold of folds) if (fold.kind === 'into') payloads.set(fold.survivor.id, fold.payload)
  for (const id of gone) payloads.delete(id)
  // Only deltas name others, and most payloads have none: they need not be read.
  const withDeltas = [...payloads.values()].filter((payload) => payload.includes('"$deltas"'))
  if (withDeltas.length === 0) return folds
  const named = new Set(withDeltas.flatMap((payload) => textsIn(JSON.parse(payload))))
  const kept = folds.filter((fold) => goneBy(fold).every(({ id }) => !named.has(id)))
  // What stays after all may name others.
  return kept.length === folds.length ? folds : withoutNamed(kept, operations)
}

export const goneBy = (fold: CheckedFold): readonly Operation[] =>
  fold.kind === 'into' ? fold.merged : fold.operations

const textsIn = (json: unknown): readonly string[] => {
  if (typeof json === 'string') return [json]
  if (typeof json !== 'object' || json === null) return []
  return Object.values(json).flatMap(textsIn)
}
