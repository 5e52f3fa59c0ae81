import type { Fate, Operation } from '@holdfast/core'
import type { Heard } from '../app/ask.ts'
import type { Decided, Stored } from './stored.ts'

export interface DeviceEnd {
  readonly name: string
  readonly receipts: readonly string[]
  readonly operations: readonly Operation[]
  readonly shown: readonly string[]
}

/** What a device may say of an operation that has this verdict, once it has answered all questions. */
const isFateOf = (fate: Fate, { kind, version, code }: Decided): boolean => {
  switch (fate.kind) {
    case 'applied':
      return fate.version === version
    case 'rejected':
      return kind === 'rejected' && fate.code === code
    case 'aborted':
      return kind === 'aborted' && fate.reason === 'rejected'
    case 'superseded':
      // Made again with the answer: what was asked about, what its transaction or what builds on it.
      return kind === 'conflict' || kind === 'aborted' || code === 'DEPENDENCY'
    case 'pending':
    case 'sent':
    case 'conflict':
    case 'expired':
    case 'cancelled':
      return false
  }
}

/** Each operation has one fate on its device, and exactly that verdict in the tables, where nothing else is. */
export const checkFates = (devices: readonly DeviceEnd[], stored: Stored): readonly string[] => {
  const violations: string[] = []
  const known = new Set<string>()
  for (const { name, receipts, operations } of devices) {
    const ids = new Set(operations.map(({ id }) => id))
    for (const id of receipts)
      if (!ids.has(id)) violations.push(`${name} forgot ${id}, which it had acknowledged`)
    for (const { id, clientSeq, fate, transaction } of operations) {
      if (known.has(id)) violations.push(`${id} is there twice`)
      known.add(id)
      const decided = stored.operations.get(id)
      if (decided === undefined) {
        // It waited with a question, and never left by itself.
        if (fate.kind === 'superseded' && clientSeq === undefined) continue
        violations.push(`${name}: ${id} is ${JSON.stringify(fate)}, and the server has no verdict on it`)
        continue
      }
      if (!isFateOf(fate, decided))
        violations.push(
          `${name}: ${id}${transaction === undefined ? '' : ' (transaction)'} is ${JSON.stringify(fate)}, and the server says ${decided.verdict}`,
        )
    }
  }
  for (const id of stored.operations.keys())
    if (!known.has(id)) violations.push(`the server decided ${id}, which no device made`)
  return violations
}

/** What devices were told is what is stored. */
export const checkHeard = ({ verdicts }: Heard, stored: Stored): readonly string[] =>
  [...verdicts].flatMap(([id, told]) => {
    const verdict = stored.operations.get(id)?.verdict
    return verdict === told ? [] : [`${id} was answered with ${told}, and ${verdict} is stored`]
  })
