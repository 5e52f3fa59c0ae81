import { mostEntities, type SyncState } from '../model/sync-state.ts'

const rank: Readonly<Record<SyncState['status'], number>> = {
  blocked: 7,
  attention: 6,
  waiting: 5,
  offline: 4,
  syncing: 3,
  metered: 2,
  stopped: 1,
  synced: 0,
}

/** The worst of the scopes' states; `synced` only where all are, with the oldest time and all counts; `attention` for all. */
export const combineStates = (states: readonly SyncState[]): SyncState => {
  const [first, ...rest] = states
  if (first === undefined) return { status: 'stopped' }
  return rest.reduce((worst, state) => {
    if (worst.status === 'synced' && state.status === 'synced') {
      return {
        status: 'synced',
        at: Math.min(worst.at, state.at),
        conflicts: worst.conflicts + state.conflicts,
        deadLetters: worst.deadLetters + state.deadLetters,
      }
    }
    if (worst.status === 'attention' && state.status === 'attention') {
      return {
        status: 'attention',
        at: Math.min(worst.at, state.at),
        entities: [...worst.entities, ...state.entities].slice(0, mostEntities),
        total: worst.total + state.total,
      }
    }
    if (worst.status === 'metered' && state.status === 'metered')
      return worst.waits === 'everything' ? worst : state
    return rank[state.status] > rank[worst.status] ? state : worst
  }, first)
}

/** Two syncing states of one phase look the same from outside. */
export const isSameState = (left: SyncState, right: SyncState): boolean =>
  left === right || (left.status === 'syncing' && right.status === 'syncing' && left.phase === right.phase)
