import type { Recorded } from '../harness/proxy.ts'

/** What went over the wire while a queue drained. */
export interface DrainLog {
  /** Pushes that brought operations. */
  readonly pushes: number
  /** Of these, how many got no answer. */
  readonly unanswered: number
  /** Operations that were sent again although the device had been told of their verdict. */
  readonly sentAgain: number
  /** Operations of which the device was told, by the answer to a push or to `resume`. */
  readonly answered: number
  /** Of requests and answers. */
  readonly bytes: number
}

export const readLog = (requests: readonly Recorded[]): DrainLog => {
  const answered = new Set<string>()
  let [pushes, unanswered, sentAgain, bytes] = [0, 0, 0, 0]
  for (const { procedure, operationIds, answer, bytes: asked } of requests) {
    bytes += asked + (answer?.length ?? 0)
    if (procedure === 'resume') for (const id of verdictsIn(answer ?? '')) answered.add(id)
    if (procedure !== 'push' || operationIds.length === 0) continue
    pushes += 1
    sentAgain += operationIds.filter((id) => answered.has(id)).length
    if (answer === undefined) unanswered += 1
    else for (const id of operationIds) answered.add(id)
  }
  return { pushes, unanswered, sentAgain, answered: answered.size, bytes }
}

/** Operations of which an answer to `resume` has a verdict. */
const verdictsIn = (answer: string): readonly string[] =>
  [...answer.matchAll(/"id":"([^"]+)","verdict":\{/g)].flatMap(([, id]) => id ?? [])
