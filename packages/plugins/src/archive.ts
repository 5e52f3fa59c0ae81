export { archive, type ArchiveApi, type ArchiveOptions, type Duration } from './archive/archive.ts'
