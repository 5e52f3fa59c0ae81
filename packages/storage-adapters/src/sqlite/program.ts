import type { SqliteValue } from './driver.ts'

/**
 * What is done with a connection, written once for libraries that answer at once and for those that answer later: a
 * generator that yields a step and is resumed with its rows, or with its failure.
 */
export type Program<TResult> = Generator<Step, TResult, readonly unknown[]>

export type Step =
  | { readonly kind: 'begin'; readonly mode: 'read' | 'write' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  /** One statement without parameters, whose rows nobody wants. */
  | { readonly kind: 'exec'; readonly sql: string }
  /** Statements without rows, one after the other. */
  | { readonly kind: 'run'; readonly calls: readonly Call[] }
  | { readonly kind: 'all'; readonly call: Call }

export interface Call {
  readonly sql: string
  readonly values: readonly SqliteValue[]
}

export const call = (sql: string, ...values: readonly SqliteValue[]): Call => ({ sql, values })

export function* exec(...statements: readonly string[]): Program<void> {
  for (const sql of statements) yield { kind: 'exec', sql }
}

export function* run(calls: readonly Call[]): Program<void> {
  if (calls.length > 0) yield { kind: 'run', calls }
}

export function* all<TRow>(sql: string, ...values: readonly SqliteValue[]): Program<readonly TRow[]> {
  return (yield { kind: 'all', call: call(sql, ...values) }) as readonly TRow[]
}

export function* first<TRow>(sql: string, ...values: readonly SqliteValue[]): Program<TRow | undefined> {
  const [row] = yield* all<TRow>(sql, ...values)
  return row
}

/** The first column of the first row, as text. */
export function* single(sql: string): Program<string | undefined> {
  const row = yield* first<Readonly<Record<string, string | number>>>(sql)
  return row === undefined ? undefined : String(Object.values(row)[0])
}

export function* transaction<TResult>(
  mode: 'read' | 'write',
  body: () => Program<TResult>,
): Program<TResult> {
  yield { kind: 'begin', mode }
  try {
    const result = yield* body()
    yield { kind: 'commit' }
    return result
  } catch (error) {
    yield* rollBack()
    throw error
  }
}

/** SQLite itself rolls back after some failures, and then there is nothing left to do. */
function* rollBack(): Program<void> {
  try {
    yield { kind: 'rollback' }
  } catch {
    return
  }
}
