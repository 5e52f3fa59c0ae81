import type { Plugin } from '@holdfast/core'
import { singleWriter, type LeasesOnServer, type SingleWriterApi } from '@holdfast/plugins/single-writer'
import { leaseTime } from '../model/leases.ts'
import { guarded } from './guarded-schema.ts'

type LeasePlugin = Plugin<'singleWriter', SingleWriterApi, LeasesOnServer>
export type AppPlugin = LeasePlugin

/** Where the world has leases: what grants and guards them. */
export const leasePlugins = (isWanted: boolean): readonly LeasePlugin[] =>
  isWanted ? [singleWriter({ ttl: leaseTime, collections: guarded })] : []
