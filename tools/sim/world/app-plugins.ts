import type { Plugin } from '@holdfast/core'
import { compaction, type CompactionApi } from '@holdfast/plugins/compaction'
import { singleWriter, type LeasesOnServer, type SingleWriterApi } from '@holdfast/plugins/single-writer'
import { ttl } from '@holdfast/plugins/ttl'
import { leaseTime } from '../model/leases.ts'
import { guarded } from './guarded-schema.ts'

export type LeasePlugin = Plugin<'singleWriter', SingleWriterApi, LeasesOnServer>
export type CompactionPlugin = Plugin<'compaction', CompactionApi>
export type LifetimePlugin = Plugin<'ttl'>
export type AppPlugin = LeasePlugin | CompactionPlugin | LifetimePlugin

/** Where the world has leases: what grants and guards them. */
export const leasePlugins = (isWanted: boolean): readonly LeasePlugin[] =>
  isWanted ? [singleWriter({ ttl: leaseTime, collections: guarded })] : []

/** Where devices fold what they did not send; before each run too, unless that is seldom. */
export const compactionPlugins = (every: number): readonly CompactionPlugin[] =>
  every === 0
    ? []
    : [compaction({ threshold: every, perRecord: Math.max(2, every - 2), beforeSync: every % 4 !== 0 })]

/** Where operations do not live for ever: what ends them on a device. */
export const lifetimePlugins = (isWanted: boolean): readonly LifetimePlugin[] => (isWanted ? [ttl()] : [])
