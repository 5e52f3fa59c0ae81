export { checkBatch, checkRequests } from './storage/checks.ts'
export type {
  CommitBatch,
  CommitReceipt,
  Database,
  Entry,
  Expectation,
  ExternalCommit,
  GetRequest,
  Key,
  ReadRequest,
  ReadResult,
  ReadResults,
  ScanRequest,
  StorageAdapter,
  StorageSupport,
  Write,
} from './storage/contract.ts'
export { scanRange, type KeyRange } from './storage/scan-range.ts'
