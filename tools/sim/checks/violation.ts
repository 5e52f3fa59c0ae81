/** The promises that are watched, by their number in the list of promises. */
export type PromiseName =
  | 'durable'
  | 'atomic'
  | 'exactly once'
  | 'ordered'
  | 'conserved'
  | 'convergent'
  | 'causal'
  | 'live'
  | 'bounded'
  | 'isolated'
  | 'honest status'
  | 'foreseen'
  | 'deterministic'
  | 'no crash of our own'

/** A promise was broken. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly promise: PromiseName

  constructor(promise: PromiseName, message: string) {
    super(message)
    this.promise = promise
  }
}

export const broken = (promise: PromiseName, message: string): never => {
  throw new Violation(promise, message)
}

/** @throws Violation where the condition does not hold */
export function must(condition: boolean, promise: PromiseName, message: () => string): asserts condition {
  if (!condition) broken(promise, message())
}

export const toViolation = (error: unknown): Violation =>
  error instanceof Violation
    ? error
    : new Violation(
        'no crash of our own',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      )
