import { BehaviorSubject, map, merge, Subscription, switchMap, of, type Observable } from 'rxjs'
import { h, keepRows } from '../dom.ts'
import { plural } from '../event-text.ts'
import { toValueText } from '../operation-text.ts'
import { readOn, type Panel, type PanelContext } from '../panel.ts'
import { drawLayers, readLayers } from './layers.ts'

const most = 100

interface Shown {
  readonly collection: string
  readonly id: string
  readonly text: string
}

const idOf = (record: object): string => ('id' in record ? String(record.id) : '')

const recordsOf = (
  { client }: PanelContext,
  collection: string,
): Observable<{ readonly records: readonly Shown[]; readonly count: number }> => {
  const source = client.collections[collection]
  if (source === undefined) return of({ records: [], count: 0 })
  return source.find$({ limit: most }).pipe(
    switchMap((found) =>
      source.count$().pipe(
        map((count) => ({
          count,
          records: found.map((record) => ({ collection, id: idOf(record), text: toValueText(record) })),
        })),
      ),
    ),
  )
}

/** The record's layers, read again after each event. */
const layersOf = ({ client }: PanelContext, { collection, id }: Omit<Shown, 'text'>) =>
  readOn(merge(client.events$, client.queue$), () => readLayers(client, collection, id))

/** A collection's records as they are shown; the one that is chosen, in its layers. */
export const recordsPanel: Panel = {
  id: 'records',
  title: 'Records',
  mount(place, context) {
    const names = Object.keys(context.client.collections)
    const chosen$ = new BehaviorSubject<string>(names[0] ?? '')
    const id$ = new BehaviorSubject<string>('')

    const select = h('select', {}, ...names.map((each) => h('option', { value: each }, each)))
    const input = h('input', { type: 'search', placeholder: 'id, also of a deleted one', size: 22 })
    const note = h('p', { class: 'soft', 'data-figure': 'records' })
    const layers = h('section', { 'aria-label': 'Layers', class: 'rows' })
    const list = h('ul', { class: 'rows' })
    select.addEventListener('change', () => {
      chosen$.next(select.value)
      id$.next(input.value)
    })
    input.addEventListener('input', () => id$.next(input.value))
    place.append(
      h('div', { class: 'line' }, h('label', {}, 'Collection', select), h('label', {}, 'Record', input)),
      layers,
      note,
      list,
    )

    const choose = (id: string): void => {
      input.value = id
      id$.next(id)
      layers.scrollIntoView({ block: 'nearest' })
    }
    const show = keepRows<Shown>(list, {
      keyOf: ({ collection, id }) => `${collection}/${id}`,
      signatureOf: ({ text }) => text,
      render: ({ id, text }) => {
        const look = h('button', { type: 'button', 'aria-label': `Layers of ${id}` }, 'Layers')
        look.addEventListener('click', () => choose(id))
        return h(
          'li',
          { 'data-record': id },
          h(
            'div',
            { class: 'line' },
            h('span', { class: 'code' }, id),
            h('span', { class: 'actions' }, look),
          ),
          h('pre', {}, text),
        )
      },
    })

    const subscription = new Subscription()
    subscription.add(
      chosen$
        .pipe(switchMap((collection) => recordsOf(context, collection)))
        .subscribe(({ records, count }) => {
          note.textContent = `${plural(count, 'record')}${count > records.length ? `; the first ${records.length} are shown` : ''}.`
          show(records)
        }),
    )
    const drawn$ = id$.pipe(
      switchMap((id) =>
        id === ''
          ? of([])
          : layersOf(context, { collection: chosen$.value, id }).pipe(
              map((read) => [h('h2', {}, `Layers of ${id}`), ...drawLayers(read)]),
            ),
      ),
    )
    subscription.add(
      drawn$.subscribe((drawn) => {
        layers.hidden = drawn.length === 0
        layers.replaceChildren(...drawn)
      }),
    )
    return subscription
  },
}
