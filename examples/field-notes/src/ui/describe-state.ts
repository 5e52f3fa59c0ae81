import type { SyncState } from '@holdfast/core'

export interface Described {
  readonly tone: 'good' | 'busy' | 'away' | 'bad'
  readonly text: string
}

export const describeState = (state: SyncState, waiting: number): Described => {
  switch (state.status) {
    case 'synced':
      return waiting === 0
        ? { tone: 'good', text: 'Everything is synced' }
        : { tone: 'busy', text: 'Waits for your answer' }
    case 'syncing':
      return { tone: 'busy', text: 'Syncing' }
    case 'offline':
      return { tone: 'away', text: 'Offline. Changes are kept here' }
    case 'metered':
      return { tone: 'away', text: 'Saving data. Changes are kept here' }
    case 'waiting':
      return { tone: 'away', text: 'No answer from the server. Trying again soon' }
    case 'attention':
      return { tone: 'bad', text: 'Some changes wait for a look' }
    case 'blocked':
      return { tone: 'bad', text: `Sync has stopped: ${state.error.message}` }
    case 'stopped':
      return { tone: 'away', text: 'Sync is paused' }
  }
}
