/** What a child process answers: one input, one result, as far as both survive a structured clone. */
export interface Calls {
  // Method syntax on purpose: calls with a narrower input are assignable here.
  readonly [name: string]: { call(input: unknown): Promise<unknown> }['call']
}

export interface Request {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

export type Message =
  /** The child has started and takes requests. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
