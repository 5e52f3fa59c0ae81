export { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
