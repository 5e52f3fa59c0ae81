import { useMemo, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import type { Observable } from 'rxjs'
import type { Client } from './client.ts'

/** The latest value of an observable that stays the same one from draw to draw. */
const useObservable = <TValue,>(values$: Observable<TValue>): TValue | undefined => {
  const store = useMemo(() => {
    let latest: TValue | undefined
    return {
      latest: () => latest,
      subscribe(changed: () => void) {
        const subscription = values$.subscribe((value) => {
          latest = value
          changed()
        })
        return () => subscription.unsubscribe()
      },
    }
  }, [values$])
  return useSyncExternalStore(store.subscribe, store.latest)
}

const Tasks = ({ client }: { readonly client: Client }) => {
  const { tasks } = client.collections
  const list = useObservable(useMemo(() => tasks.find$({ orderBy: { title: 'asc' } }), [tasks]))
  const queue = useObservable(client.queue$)
  const state = useObservable(client.state$)
  const add = (form: FormData): void => {
    const title = form.get('title')
    if (typeof title === 'string') void tasks.create({ title })
  }
  return (
    <main>
      <p role="status">{state?.status}</p>
      <output>{queue && `${queue.pending + queue.sent} to send, ${queue.conflicts} conflicts`}</output>
      <form action={add}>
        <input name="title" aria-label="New task" required />
        <button>Add</button>
      </form>
      <ul>
        {list?.map(({ id, title, done }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={done} onChange={() => void tasks.update(id, { done: !done })} />
              {title}
            </label>
          </li>
        ))}
      </ul>
    </main>
  )
}

export const mount = (client: Client, element: HTMLElement): void =>
  createRoot(element).render(<Tasks client={client} />)
