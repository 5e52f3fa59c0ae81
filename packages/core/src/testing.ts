export {
  fieldTypeConformance,
  fieldTypeRules,
  promisedFieldTypeRules,
  type FieldOfType,
  type FieldTypeConformanceOptions,
} from './testing/field-type-conformance.ts'
export type {
  FieldTypeContext,
  FieldTypePromise,
  FieldTypeRule,
  Wishes,
} from './testing/field-type-conformance/rule.ts'
export {
  storageConformance,
  storageRules,
  type StorageConformanceOptions,
} from './testing/storage-conformance.ts'
export type { StoragePlace } from './testing/storage-conformance/place.ts'
export type { RuleContext, StorageRule } from './testing/storage-conformance/rule.ts'
export {
  strategyConformance,
  strategyRules,
  type StrategyConformanceOptions,
} from './testing/strategy-conformance.ts'
export type { Samples } from './testing/strategy-conformance/generate-conflicts.ts'
export type { StrategyContext, StrategyRule } from './testing/strategy-conformance/rule.ts'
export {
  crashableStorage,
  type CrashableStorageOptions,
  type StorageFault,
  type StorageStep,
} from './testing/simulation/crashable-storage.ts'
export { createSeededRandom, type SeededRandom } from './testing/simulation/seeded-random.ts'
export {
  createSimulatedProcess,
  never,
  type ProcessOptions,
  type SimulatedProcess,
} from './testing/simulation/simulated-process.ts'
export {
  simulatedTransport,
  type Delivery,
  type Endpoint,
  type NetworkPlan,
  type ReadAnswer,
  type SimulatedTransportOptions,
  type WireAnswer,
} from './testing/simulation/simulated-transport.ts'
export {
  createVirtualTime,
  type VirtualTime,
  type VirtualTimeOptions,
} from './testing/simulation/virtual-time.ts'
