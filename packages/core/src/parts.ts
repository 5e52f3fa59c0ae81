export { archivePart } from './client/plugin-archive.ts'
export { compactionPart } from './engine/compact-queue.ts'
export { expiryPart } from './engine/expire-queue.ts'
export type { ArchivePart, CompactionPart, CorePart, ExpiryPart } from './plugin/core-part.ts'
