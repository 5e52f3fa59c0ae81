import { firstValueFrom, merge, Subscription } from 'rxjs'
import { button, h } from '../dom.ts'
import { toBytesText, waitingBytes } from '../operation-text.ts'
import type { Counters } from '../model.ts'
import { readOn, type Panel, type PanelContext } from '../panel.ts'
import { readTrace } from '../read-trace.ts'

const figure = (label: string, value: number | string): HTMLElement =>
  h('div', {}, h('dt', {}, label), h('dd', { 'data-figure': label }, String(value)))

const countersOf = (counters: Counters): readonly HTMLElement[] => [
  figure('written', counters.written),
  figure('batches', counters.batches),
  figure('pulls', counters.pulls),
  figure('pages', counters.pages),
  figure('changes pulled', counters.changes),
  ...Object.entries(counters.verdicts).map(([kind, count]) => figure(kind, count)),
  figure('conflicts opened', counters.conflictsOpened),
  figure('resolved', counters.conflictsResolved),
  figure('dead lettered', counters.deadLettered),
  figure('folded', counters.folded),
  figure('expired', counters.expired),
  figure('resets', counters.resets),
  figure('problems', counters.problems),
]

/** What the browser says all of this origin takes; not every one does, and none outside a secure context. */
const storedBytes = async (): Promise<string> => {
  const storage: Partial<StorageManager> | undefined = globalThis.navigator.storage
  const usage = (await storage?.estimate?.())?.usage
  return usage === undefined ? 'not told' : toBytesText(usage)
}

const saveAs = (name: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  h('a', { href: address, download: name }).click()
  URL.revokeObjectURL(address)
}

const saveTrace = async ({ client, model$ }: PanelContext): Promise<void> => {
  const trace = await readTrace(client, await firstValueFrom(model$))
  saveAs('holdfast-trace.json', JSON.stringify(trace))
}

/** Sums over all events, bytes, and the way out for both: a trace. */
export const countersPanel: Panel = {
  id: 'counters',
  title: 'Counters',
  mount(place, context) {
    const { client, model$, act } = context
    const counts = h('dl', { class: 'figures' })
    const traffic = h('dl', { class: 'figures' })
    const save = button('Download trace', {}, () => act('The trace is downloaded.', () => saveTrace(context)))
    place.append(
      h('h2', {}, 'Events'),
      counts,
      h('h2', {}, 'Bytes'),
      traffic,
      h(
        'p',
        { class: 'soft' },
        'Of batches: what their operations take in the request. What pulls bring is counted in changes; the client does not know its bytes.',
      ),
      h(
        'div',
        { class: 'line' },
        save,
        h('span', { class: 'soft' }, 'For pnpm sim --trace, and ui.perfetto.dev.'),
      ),
    )
    const subscription = new Subscription()
    subscription.add(model$.subscribe(({ counters }) => counts.replaceChildren(...countersOf(counters))))
    const read = async () => ({
      model: await firstValueFrom(model$),
      waiting: waitingBytes(await client.operations.list()),
      stored: await storedBytes(),
    })
    subscription.add(
      readOn(merge(model$, client.queue$), read).subscribe(({ model: { counters }, waiting, stored }) =>
        traffic.replaceChildren(
          figure('left', toBytesText(counters.sentBytes)),
          figure('answered', toBytesText(counters.answeredBytes)),
          figure('waiting', toBytesText(waiting)),
          figure('stored by origin', stored),
        ),
      ),
    )
    return subscription
  },
}
