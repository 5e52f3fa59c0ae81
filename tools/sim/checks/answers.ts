import { partsOf } from '../model/typed.ts'
import { parseData } from '../model/values.ts'
import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { baseIn } from './shown.ts'
import type { Before } from './together.ts'
import { must } from './violation.ts'

/** What an operation adds to the sum of a stock. */
const amountOf = ({ type, payload }: LocalOperation): number =>
  type === 'sell' ? -Number(parseData(payload)['by']) : Number(partsOf(payload).deltas['count'] ?? 0)

/**
 * Nobody disputes about a sum: whatever the answer to a question is, what waited with it is added.
 * @throws Violation
 */
export const checkAnswers = (mirror: Mirror, before: Before): void => {
  const waited = new Map<string, LocalOperation[]>()
  for (const [localSeq, old] of before) {
    const now = mirror.operations.get(localSeq)
    if (old?.status !== 'CONFLICT' || now?.status !== 'SUPERSEDED' || now.collection !== 'stocks') continue
    const answer = `${now.collection}/${now.recordId} ${now.fate.by ?? ''}`
    waited.set(answer, [...(waited.get(answer) ?? []), now])
  }
  for (const [name, operations] of waited) {
    const [key = '', by = ''] = name.split(' ')
    const base = baseIn(mirror, key)
    // A record that is gone takes its sum with it, also where its author has deleted it since.
    const isDeleted = [...mirror.operations.values()].some(
      (one) => one.type === 'delete' && `${one.collection}/${one.recordId}` === key,
    )
    if (base?.deleted !== false || isDeleted) continue
    const localSeq = mirror.ids.get(by)?.localSeq
    const answer = localSeq === undefined ? undefined : mirror.operations.get(localSeq)
    if (answer?.type === 'delete') continue
    const wanted = operations.reduce((sum, operation) => sum + amountOf(operation), 0)
    const carried = answer === undefined ? 0 : amountOf(answer)
    must(
      carried === wanted,
      'conserved',
      () => `the answer ${by} of ${key} adds ${carried}, and ${wanted} waited for it`,
    )
  }
}
