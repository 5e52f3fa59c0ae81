import { combineLatest, of, pairwise, startWith, Subscription, switchMap, type Observable } from 'rxjs'
import type { SyncProgress, SyncState } from '@holdfast/core'
import { h, keepRows } from '../dom.ts'
import type { InspectedClient } from '../inspected-client.ts'
import type { Panel } from '../panel.ts'
import { describeState, drawStateMachine } from './state-machine.ts'

interface ScopeLine {
  readonly scope: string
  readonly state: SyncState
  readonly ready: boolean
}

const scopeLines$ = ({ scopes }: InspectedClient): Observable<readonly ScopeLine[]> =>
  scopes.list$().pipe(
    switchMap((joined) => {
      const lines = joined.flatMap((scope) => {
        const unit = scopes.get(scope)
        if (unit === undefined) return []
        return [combineLatest({ scope: of(scope), state: unit.state$, ready: unit.ready$ })]
      })
      return lines.length === 0 ? of([]) : combineLatest(lines)
    }),
  )

const progressText = (progress: SyncProgress | undefined): string => {
  if (progress === undefined) return ''
  const { phase, done, total } = progress
  return `${phase}: ${done}${total === undefined ? '' : ` of ${total}`}`
}

/** The machine with the state that the client is in, and each scope's own. */
export const statePanel: Panel = {
  id: 'state',
  title: 'State',
  mount(place, { client }) {
    const drawing = h('div', { class: 'drawing' })
    const words = h('div', { 'data-figure': 'state' })
    const progress = h('p', { class: 'soft', 'data-figure': 'progress' })
    const list = h('ul', { class: 'rows' })
    place.append(drawing, words, progress, h('h2', {}, 'Scopes'), list)
    const show = keepRows<ScopeLine>(list, {
      keyOf: ({ scope }) => scope,
      signatureOf: ({ state, ready }) => `${state.status} ${ready}`,
      render: ({ scope, state, ready }) =>
        h(
          'li',
          { 'data-scope': scope },
          h(
            'div',
            { class: 'line' },
            h('span', { class: 'code' }, scope),
            h('span', { class: 'chip' }, state.status),
            h('span', { class: 'soft' }, ready ? 'ready' : 'not pulled yet'),
          ),
        ),
    })
    const subscription = new Subscription()
    subscription.add(
      client.state$.pipe(startWith(undefined), pairwise()).subscribe(([before, state]) => {
        if (state === undefined) return
        if (before?.status !== state.status)
          drawing.replaceChildren(drawStateMachine(state.status, before?.status))
        words.replaceChildren(describeState(state))
      }),
    )
    subscription.add(
      client.progress$.subscribe((now) => {
        progress.textContent = progressText(now)
        progress.hidden = now === undefined
      }),
    )
    subscription.add(scopeLines$(client).subscribe(show))
    return subscription
  },
}
