export { compaction, type CompactionApi, type CompactionOptions } from './compaction/compaction.ts'
