import type { AsyncSqliteConnection, SqliteCall, SqliteConnection, SqliteStatement } from './driver.ts'
import type { Call, Program, Step } from './program.ts'

export type Later<TResult> = TResult | Promise<TResult>

/** Runs programs on one connection, each as a whole before the next. */
export interface Runner {
  /** Whether a value may be bytes. */
  readonly takesBytes: boolean
  /** Answers at once where the connection does. */
  run<TResult>(program: () => Program<TResult>): Later<TResult>
  /** After what was begun. */
  close(): Later<unknown>
}

/** Calls at once where the value is there at once. */
export const whenDone = <TValue, TResult>(
  value: Later<TValue>,
  next: (value: TValue) => Later<TResult>,
): Later<TResult> => (value instanceof Promise ? value.then(next) : next(value))

export const createRunner = (connection: SqliteConnection): Runner => {
  /** Each text is prepared once per connection. */
  const statements = new Map<string, SqliteStatement>()
  const statement = (sql: string): SqliteStatement => {
    let prepared = statements.get(sql)
    if (prepared === undefined) statements.set(sql, (prepared = connection.prepare(sql)))
    return prepared
  }

  const perform = (step: Step): readonly unknown[] => {
    switch (step.kind) {
      case 'begin':
        statement(step.mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN').run()
        return []
      case 'commit':
        statement('COMMIT').run()
        return []
      case 'rollback':
        statement('ROLLBACK').run()
        return []
      case 'exec':
        connection.exec(step.sql)
        return []
      case 'run':
        for (const { sql, values } of step.calls) statement(sql).run(...values)
        return []
      case 'all':
        return statement(step.call.sql).all(...step.call.values)
    }
  }

  return {
    takesBytes: true,
    run(program) {
      const running = program()
      let next = running.next([])
      while (next.done !== true) {
        let rows: readonly unknown[]
        try {
          rows = perform(next.value)
        } catch (error) {
          next = running.throw(error)
          continue
        }
        next = running.next(rows)
      }
      return next.value
    },
    close: () => connection.close(),
  }
}

export const createAsyncRunner = (connection: AsyncSqliteConnection): Runner => {
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <TResult>(task: () => Promise<TResult>): Promise<TResult> => {
    const result = last.then(task)
    last = result.catch(() => undefined)
    return result
  }

  const perform = async (step: Step): Promise<readonly unknown[]> => {
    switch (step.kind) {
      case 'begin':
        await connection.begin(step.mode)
        return []
      case 'commit':
        await connection.commit()
        return []
      case 'rollback':
        await connection.rollback()
        return []
      case 'exec':
        await connection.exec(step.sql)
        return []
      case 'run':
        await connection.run(step.calls.map(textCall))
        return []
      case 'all':
        return connection.all(textCall(step.call))
    }
  }

  return {
    takesBytes: false,
    run: (program) =>
      inOrder(async () => {
        const running = program()
        let next = running.next([])
        while (next.done !== true) {
          let rows: readonly unknown[]
          try {
            rows = await perform(next.value)
          } catch (error) {
            next = running.throw(error)
            continue
          }
          next = running.next(rows)
        }
        return next.value
      }),
    close: () => inOrder(() => connection.close()),
  }
}

const textCall = ({ sql, values }: Call): SqliteCall => ({
  sql,
  values: values.map((value) => {
    if (typeof value === 'object') throw new TypeError('This connection takes no bytes.')
    return value
  }),
})
