export {
  storageConformance,
  storageRules,
  type StorageConformanceOptions,
} from './testing/storage-conformance.ts'
export type { StoragePlace } from './testing/storage-conformance/place.ts'
export type { RuleContext, StorageRule } from './testing/storage-conformance/rule.ts'
