import { join } from 'node:path'
import type {
  openDatabaseAsync,
  SQLiteDatabase,
  SQLiteExecuteAsyncResult,
  SQLiteStatement,
} from '../../published/expo-sqlite.ts'
import type { NativeConnection, NativeProcess, NativeRow, NativeValue } from './native-process.ts'

interface ExpoSqlite {
  readonly openDatabaseAsync: typeof openDatabaseAsync
}

export interface ExpoShimOptions {
  readonly process: NativeProcess
  /** Expo's folder for databases. */
  readonly folder: string
  readonly platform: 'ios' | 'android'
}

/** A shim, not Expo: its API over Node's SQLite, with its answers that come later, its rows and its errors. */
export const expoSqliteShim = ({ process, folder, platform }: ExpoShimOptions): ExpoSqlite => {
  const shared = new Map<string, NativeConnection>()

  return {
    async openDatabaseAsync(name, options, directory = folder) {
      const path = join(directory, name)
      const connection =
        (options?.useNewConnection === true ? undefined : shared.get(path)) ??
        (await failing('initAsync', platform, async () => process.open(path)))
      if (options?.useNewConnection !== true) shared.set(path, connection)
      return toDatabase(path, connection, platform)
    },
  }
}

const toDatabase = (
  databasePath: string,
  connection: NativeConnection,
  platform: 'ios' | 'android',
): SQLiteDatabase => ({
  databasePath,
  closeAsync: () => failing('closeAsync', platform, () => connection.close()),
  execAsync: (source) => failing('execAsync', platform, () => connection.exec(source)),
  prepareAsync: async (source) => toStatement(source, connection, platform),
})

const toStatement = (
  source: string,
  connection: NativeConnection,
  platform: 'ios' | 'android',
): SQLiteStatement => {
  let isFinal = false
  return {
    async executeAsync<T>(...params: unknown[]): Promise<SQLiteExecuteAsyncResult<T>> {
      if (isFinal) throw new Error('Access to closed resource')
      const values = (params.length === 1 && Array.isArray(params[0]) ? params[0] : params) as NativeValue[]
      const rows = await failing('runAsync', platform, () => connection.rows(source, values))
      return toResult(rows as NativeRow[] as T[])
    },
    async finalizeAsync() {
      isFinal = true
    },
  }
}

const toResult = <T>(rows: T[]): SQLiteExecuteAsyncResult<T> => {
  let isStepped = false
  const step = (): void => {
    if (isStepped) throw new Error('The SQLite cursor has been shifted; invoke `resetAsync()` first.')
    isStepped = true
  }
  return {
    lastInsertRowId: 0,
    changes: 0,
    async getFirstAsync() {
      step()
      return rows[0] ?? null
    },
    async getAllAsync() {
      step()
      return rows
    },
    async resetAsync() {
      isStepped = false
    },
  }
}

/** As `convertSqlLiteErrorToString` says it: iOS writes the number, Android adds it to the text as a character. */
const failing = async <TResult>(
  call: string,
  platform: 'ios' | 'android',
  run: () => Promise<TResult>,
): Promise<TResult> => {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) throw error
    const code = error.errcode & 0xff
    const written = platform === 'ios' ? String(code) : String.fromCharCode(code)
    throw new Error(
      `Calling the '${call}' function has failed\n→ Caused by: Error code ${written}: ${error.message}`,
      { cause: error },
    )
  }
}
