import type { History } from './history.ts'
import { isAllowed, written, type Further, type Judged, type Ruling } from './judge.ts'
import type { Half } from './rule-types.ts'
import { parseData, type Data } from './values.ts'

/** Stands for a client that nobody is: what the server's own code did elsewhere has been seen by nobody. */
const nobody = '$server'

/** What must become of an operation that the server's own code decides, on the newest record. */
export const judgeHalf = (
  half: Half,
  history: History | undefined,
  operation: Judged,
  historyOf: (record: string) => History | undefined,
): Ruling => {
  if (history?.moved === true) return { kind: 'rejected', code: 'MOVED' }
  if (history === undefined || history.deleted) return { kind: 'rejected', code: 'DEPENDENCY' }
  const { collection, payload } = operation
  const living = (id: string): Data | undefined => {
    const found = historyOf(`${collection}/${id}`)
    return found === undefined || found.deleted ? undefined : found.data
  }
  const { user, clientId, now, id: asked } = operation
  const made = half(history.data, parseData(payload), { find: living, user, clientId, now, id: asked })
  if (made.kind === 'refused')
    return 'code' in made
      ? { kind: 'rejected', code: made.code, holder: made.holder }
      : { kind: 'rejected', code: 'REFUSED', reason: made.reason }
  const further = Object.entries(made.further).map(([id, data]): Further => {
    const record = `${collection}/${id}`
    const before = historyOf(record)
    const asNobody = { ...operation, clientId: nobody, baseVersion: before?.version ?? 0 }
    return { record, history: written(before, data, asNobody, []).history }
  })
  const ruling = written(history, made.record, operation, [])
  const all = [
    { before: history, after: ruling.history },
    ...further.map(({ record, history: after }) => ({ before: historyOf(record), after })),
  ]
  return all.every(({ before, after }) => isAllowed(before, after, operation))
    ? { ...ruling, further }
    : { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' }
}
