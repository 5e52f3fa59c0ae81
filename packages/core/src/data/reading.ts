import type { Entry, GetRequest, ReadRequest, ScanRequest } from '../storage/contract.ts'

export type Answer = Entry | undefined | readonly Entry[]

/**
 * Asks for entries round by round, and gets each round's answers in the order asked; returns what it found. It may be
 * begun again at any time, so it has no effects.
 */
export type Reading<TResult> = Generator<readonly ReadRequest[], TResult, readonly Answer[]>

export function* getAll(requests: readonly GetRequest[]): Reading<readonly (Entry | undefined)[]> {
  if (requests.length === 0) return []
  return (yield requests) as readonly (Entry | undefined)[]
}

export function* scan(request: ScanRequest): Reading<readonly Entry[]> {
  const [entries] = (yield [request]) as readonly [readonly Entry[]]
  return entries
}

/** Several readings side by side: a round of theirs is one round. */
export function* together<TResult>(readings: readonly Reading<TResult>[]): Reading<readonly TResult[]> {
  const steps = readings.map((reading) => ({ reading, step: reading.next() }))
  for (;;) {
    const asking = steps.flatMap((one) => (one.step.done === true ? [] : [{ one, requests: one.step.value }]))
    if (asking.length === 0) break
    const answers = yield asking.flatMap(({ requests }) => requests)
    let next = 0
    for (const { one, requests } of asking) {
      one.step = one.reading.next(answers.slice(next, next + requests.length))
      next += requests.length
    }
  }
  return steps.flatMap(({ step }) => (step.done === true ? [step.value] : []))
}

export function* both<TLeft, TRight>(
  left: Reading<TLeft>,
  right: Reading<TRight>,
): Reading<readonly [TLeft, TRight]> {
  const [first, second] = yield* together<TLeft | TRight>([left, right])
  return [first as TLeft, second as TRight]
}
