import type { LocalOperation } from './local-entries.ts'
import type { Mirror } from './mirror.ts'
import { must } from './violation.ts'

/** The operations that a commit touches, as they were before it, by localSeq. */
export type Before = ReadonlyMap<number, LocalOperation | undefined>

/** Looks at the transactions of what a commit touched: they come and go whole. @throws Violation */
export const checkTogether = (mirror: Mirror, before: Before): void => {
  const looked = new Set<string>()
  for (const localSeq of before.keys()) {
    const { transaction } = mirror.operations.get(localSeq) ?? {}
    if (transaction === undefined || looked.has(transaction.id)) continue
    looked.add(transaction.id)
    checkOne(mirror, transaction)
  }
}

const checkOne = (mirror: Mirror, { id, size }: NonNullable<LocalOperation['transaction']>): void => {
  const numbers = [...(mirror.transactions.get(id) ?? [])].sort((left, right) => left - right)
  const members = numbers.flatMap((localSeq) => mirror.operations.get(localSeq) ?? [])
  const [first] = members
  if (first === undefined) return
  const told = (): string => members.map((one) => `${one.localSeq} ${one.status}`).join(', ')
  const isOneAfterTheOther = numbers.every((localSeq, index) => localSeq === first.localSeq + index)
  must(
    members.length === size && isOneAfterTheOther,
    'atomic',
    () => `the transaction ${id} of ${size} has ${told()}`,
  )
  const places = new Set(members.map((one) => placeOf(mirror, one)))
  must(
    places.size === 1,
    'atomic',
    () => `the transaction ${id} is in parts: ${told()} in ${[...places].join(' and ')}`,
  )
  if (first.clientSeq !== undefined) {
    const start = first.clientSeq
    const inRow = members.every(({ clientSeq }, index) => clientSeq === start + index)
    must(inRow, 'ordered', () => `the transaction ${id} was not sent in one`)
  }
  const isOpen =
    ['PENDING', 'SENT', 'CONFLICT', 'REJECTED'].includes(first.status) && first.fate.discarded !== true
  must(
    mirror.unfinished.has(id) === isOpen,
    'atomic',
    () => `the transaction ${id} is ${isOpen ? 'not ' : ''}listed: ${told()}`,
  )
}

/** Where an operation stands, as far as it must stand there with the others. */
const placeOf = (mirror: Mirror, { status, localSeq, clientSeq, fate }: LocalOperation): string =>
  [
    status,
    clientSeq === undefined ? 'never sent' : 'sent',
    mirror.held.has(localSeq) ? 'held' : '',
    mirror.waiting.has(localSeq) ? 'waiting' : '',
    mirror.dead.has(localSeq) ? 'dead' : '',
    fate.discarded === true ? 'discarded' : '',
  ].join(' ')
