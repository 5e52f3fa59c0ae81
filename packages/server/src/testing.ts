export {
  broadcasterConformance,
  type BroadcasterConformanceOptions,
} from './broadcast/conformance/broadcaster-conformance.ts'
export type { BroadcasterPlace } from './broadcast/conformance/place.ts'
export {
  memoryServerStore,
  type MemoryServerStoreOptions,
  type NoDatabase,
  type ServerStep,
} from './store/memory/memory-server-store.ts'
export {
  copyMemoryServerState,
  createMemoryServerState,
  type MemoryServerState,
  type ScopeSnapshot,
} from './store/memory/state.ts'
export {
  serverStoreConformance,
  serverStoreRules,
  type ServerStoreConformanceOptions,
} from './store/conformance/server-store-conformance.ts'
export type { RuleContext, ServerStorePlace, ServerStoreRule } from './store/conformance/rule.ts'
