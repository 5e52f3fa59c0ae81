/**
 * The published types of @op-engineering/op-sqlite 18.2.5 (MIT, Oscar Franco), word for word, as far as the driver
 * meets them. The package brings 337 MB of libraries and asks for React Native, which is too much for a type.
 */
export type Scalar = string | number | boolean | null | ArrayBuffer | ArrayBufferView

export interface OpenOptions {
  name: string
  location?: string
  encryptionKey?: string
  failOnCreate?: boolean
  readOnly?: boolean
}

export type ColumnMetadata = {
  name: string
  type: string
  index: number
}

export type QueryResult = {
  insertId?: number
  rowsAffected: number
  res?: unknown[]
  rows: Array<Record<string, Scalar>>
  rawRows?: Scalar[][]
  columnNames?: string[]
  metadata?: ColumnMetadata[]
}

export type DB = {
  close: () => void
  closeAsync: () => Promise<void>
  execute: (query: string, params?: Scalar[]) => Promise<QueryResult>
}

export declare const open: (params: OpenOptions) => DB
