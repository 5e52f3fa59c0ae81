import type { Operation, Plugin, SyncClientOptions } from '@holdfast/core'
import { archive, type ArchiveApi } from '@holdfast/plugins/archive'
import { compaction, type CompactionApi } from '@holdfast/plugins/compaction'
import { singleWriter, type LeasesOnServer, type SingleWriterApi } from '@holdfast/plugins/single-writer'
import { migrations, type MigrationsOnServer } from '@holdfast/plugins/migrations'
import { ttl } from '@holdfast/plugins/ttl'
import type { Keeping } from '../checks/archive.ts'
import type { Consent } from '../checks/consent.ts'
import { leaseTime } from '../model/leases.ts'
import { guarded } from './guarded-schema.ts'
import { steps, type AppVersion } from './parcel-schema.ts'

export type LeasePlugin = Plugin<'singleWriter', SingleWriterApi, LeasesOnServer>
export type CompactionPlugin = Plugin<'compaction', CompactionApi>
export type LifetimePlugin = Plugin<'ttl'>
export type ArchivePlugin = Plugin<'archive', ArchiveApi>
export type UpgradePlugin = Plugin<'migrations', undefined, MigrationsOnServer>
export type AppPlugin = LeasePlugin | CompactionPlugin | LifetimePlugin | ArchivePlugin | UpgradePlugin

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

/** A device that keeps all that was ever decided. */
export const keepsAll: Keeping = { keep: -1, olderThan: 0, grace: 0 }

/** Where decided operations do not stay for ever. */
export const archivePlugins = (
  { keep, olderThan, grace }: Keeping,
  onRemove: (operations: readonly Operation[]) => void,
): readonly ArchivePlugin[] => (keep < 0 ? [] : [archive({ keep, olderThan, grace, onRemove })])

/** What may be dropped from a full queue. */
export const disposable = ['logs', 'drafts'] as const

export const onFull = (drops: boolean): 'block' | { readonly drop: readonly string[] } =>
  drops ? { drop: disposable } : 'block'

/** Devices look ahead often, so that there is something to wait for. */
export const lookAheadOptions = (consent: Consent): Pick<SyncClientOptions<never>, 'preflight'> =>
  consent === 'none'
    ? {}
    : { preflight: { afterMs: 4_000, afterOperations: 2, onRisk: { MEDIUM: consent, HIGH: consent } } }

/** What brings to the new version of the app what an earlier one wrote. */
export const upgradePlugins = (
  { upgrades }: { readonly upgrades: boolean },
  version: AppVersion,
): readonly UpgradePlugin[] => (upgrades && version === 'new' ? [migrations(steps)] : [])
