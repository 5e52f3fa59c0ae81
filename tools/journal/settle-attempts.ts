import type { ReadTransaction, ServerStore } from '@holdfast/server'
import type { Attempt, Part, Told } from './attempt.ts'

/**
 * The attempts that were committed. Of those whose process did not live to tell, or that were tried again, the
 * database knows: a nonce is random, and an operation is decided once.
 */
export const settleAttempts = async (
  { attempts, committed }: Told,
  store: ServerStore,
): Promise<readonly Attempt[]> => {
  const isKnown = ({ id }: Attempt): boolean => committed.has(id)
  const decided = new Set(attempts.filter(isKnown).flatMap(operationsOf))
  const settled: Attempt[] = []
  for (const attempt of attempts) {
    if (isKnown(attempt)) settled.push(attempt)
    else if (await isThere(attempt, decided, store)) {
      settled.push(attempt)
      for (const id of operationsOf(attempt)) decided.add(id)
    }
  }
  return settled
}

const operationsOf = ({ parts }: Attempt): readonly string[] =>
  parts.flatMap(({ saved }) =>
    saved.flatMap(({ operations }) => operations.map(({ operationId }) => operationId)),
  )

const isThere = async (
  attempt: Attempt,
  decided: ReadonlySet<string>,
  store: ServerStore,
): Promise<boolean> => {
  const [first] = attempt.parts
  if (first === undefined) return false
  return store.read(first.scope, (tx) => isPartThere(tx, first, decided))
}

const isPartThere = async (
  tx: ReadTransaction,
  { saved }: Part,
  decided: ReadonlySet<string>,
): Promise<boolean> => {
  const head = saved.find((changes) => changes.head !== undefined)?.head
  if (head !== undefined) return tx.knows(head.head, head.nonce)
  const [operation] = saved.flatMap(({ operations }) => operations)
  if (operation !== undefined) {
    if (decided.has(operation.operationId)) return false
    const [row] = await tx.operations([operation.operationId])
    return row?.clientSeq === operation.clientSeq && row.decidedAt === operation.decidedAt
  }
  const resend = saved.find(({ resends }) => resends.length > 0)
  const [slot] = resend?.resends ?? []
  if (slot === undefined) return false
  const slots = await tx.slotsAt(resend?.client?.clientId ?? '', [slot.clientSeq])
  return slots.some(({ operationId }) => operationId === slot.operationId)
}
