import { Subscription, type Observable } from 'rxjs'
import type { QueueState, SyncState } from '@holdfast/core'
import { button, h } from './dom.ts'
import type { InspectedClient } from './inspected-client.ts'
import type { InspectorModel } from './model.ts'
import type { Panel, PanelContext } from './panel.ts'
import { conflictsPanel } from './panels/conflicts.ts'
import { countersPanel } from './panels/counters.ts'
import { deadLettersPanel } from './panels/dead-letters.ts'
import { queuePanel } from './panels/queue.ts'
import { recordsPanel } from './panels/records.ts'
import { statePanel } from './panels/state.ts'
import { timeLinePanel } from './panels/time-line.ts'
import { createTabs, type Tabs } from './tabs.ts'

const panels: readonly Panel[] = [
  statePanel,
  queuePanel,
  conflictsPanel,
  deadLettersPanel,
  recordsPanel,
  timeLinePanel,
  countersPanel,
]

const waiting: ReadonlySet<SyncState['status']> = new Set(['waiting', 'attention', 'offline', 'metered'])

const toneOf = ({ status }: SyncState): string => {
  if (status === 'synced') return 'good'
  if (status === 'blocked') return 'bad'
  return waiting.has(status) ? 'attention' : ''
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The frame of all panels: where sync stands, what one can ask of it, the tabs, and what was said last. */
export const mountShell = (
  place: HTMLElement,
  client: InspectedClient,
  model$: Observable<InspectorModel>,
): Subscription => {
  const status = h('span', { class: 'chip', 'data-figure': 'status' })
  const said = h('p', { class: 'said', role: 'status' })
  const announce = (text: string): void => {
    said.textContent = text
  }
  const act = (done: string, action: () => Promise<unknown>): void => {
    action().then(
      () => announce(done),
      (error: unknown) => announce(messageOf(error)),
    )
  }
  const context: PanelContext = { client, model$, announce, act }
  const tabs = createTabs(panels, context)
  place.append(
    h(
      'header',
      {},
      h('h2', {}, 'Holdfast'),
      status,
      h(
        'span',
        { class: 'actions' },
        button('Sync now', {}, () => act('The run has ended.', () => client.syncNow())),
        button('Pause', {}, () => client.pause()),
        button('Start', {}, () => client.start()),
      ),
    ),
    tabs.list,
    tabs.panel,
    said,
  )

  const subscription = new Subscription(() => tabs.close())
  /** Each run would be two sentences; where it ended is one. */
  let before: SyncState['status'] | undefined
  subscription.add(
    client.state$.subscribe((state) => {
      status.textContent = state.status
      status.className = `chip ${toneOf(state)}`
      if (state.status === 'syncing') return
      if (before !== undefined && before !== state.status) announce(`The client is ${state.status}.`)
      before = state.status
    }),
  )
  subscription.add(client.queue$.subscribe((queue) => showCounts(tabs, queue)))
  return subscription
}

const showCounts = (tabs: Tabs, { pending, sent, conflicts, deadLetters }: QueueState): void => {
  tabs.count('queue', pending + sent)
  tabs.count('conflicts', conflicts)
  tabs.count('dead-letters', deadLetters)
}
