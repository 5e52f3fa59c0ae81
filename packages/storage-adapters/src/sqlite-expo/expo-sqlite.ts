/** What the driver uses of `expo-sqlite`, as far as it uses it. */
export interface ExpoSqlite {
  openDatabaseAsync(name: string, options?: { readonly useNewConnection?: boolean }): Promise<ExpoDatabase>
}

export interface ExpoDatabase {
  execAsync(source: string): Promise<void>
  prepareAsync(source: string): Promise<ExpoStatement>
  closeAsync(): Promise<void>
}

export interface ExpoStatement {
  executeAsync<TRow>(params: (string | number)[]): Promise<ExpoResult<TRow>>
}

export interface ExpoResult<TRow> {
  getAllAsync(): Promise<TRow[]>
}
