export { leases, type LeaseCollection } from './single-writer/lease.ts'
export type { LeaseState } from './single-writer/lease-state.ts'
export type { AskOptions, Held, SingleWriterApi } from './single-writer/api.ts'
export { singleWriter, type LeasesOnServer, type SingleWriterOptions } from './single-writer/single-writer.ts'
