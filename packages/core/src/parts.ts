export { archivePart } from './client/plugin-archive.ts'
export { compactionPart } from './engine/compact-queue.ts'
export type { ArchivePart, CompactionPart, CorePart } from './plugin/core-part.ts'
