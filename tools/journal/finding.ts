/** A promise that a journal shows broken. */
export interface Finding {
  readonly promise: 'exactly once' | 'ordered' | 'dense' | 'durable'
  readonly message: string
}

/** Takes down what must hold and does not. */
export interface Findings {
  readonly must: (condition: boolean, promise: Finding['promise'], message: () => string) => void
  readonly all: () => readonly Finding[]
}

export const createFindings = (): Findings => {
  const found: Finding[] = []
  return {
    must(condition, promise, message) {
      if (!condition) found.push({ promise, message: message() })
    },
    all: () => found,
  }
}
