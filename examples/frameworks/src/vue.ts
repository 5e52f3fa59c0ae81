import type { Observable } from 'rxjs'
import { createApp, onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { Client } from './client.ts'

/** The latest value of an observable, for as long as the component is there. */
const fromObservable = <TValue>(values$: Observable<TValue>): ShallowRef<TValue | undefined> => {
  const latest = shallowRef<TValue>()
  const subscription = values$.subscribe((value) => {
    latest.value = value
  })
  onScopeDispose(() => subscription.unsubscribe())
  return latest
}

const taskList = ({ collections: { tasks }, queue$, state$ }: Client) => ({
  setup: () => ({
    list: fromObservable(tasks.find$({ orderBy: { title: 'asc' } })),
    queue: fromObservable(queue$),
    state: fromObservable(state$),
    title: shallowRef(''),
    add: (title: string) => tasks.create({ title }),
    toggle: (id: string, done: boolean) => tasks.update(id, { done }),
  }),
  template: `
    <main>
      <p role="status">{{ state?.status }}</p>
      <output v-if="queue">{{ queue.pending + queue.sent }} to send, {{ queue.conflicts }} conflicts</output>
      <form @submit.prevent="add(title); title = ''">
        <input v-model="title" aria-label="New task" required />
        <button>Add</button>
      </form>
      <ul>
        <li v-for="{ id, title, done } in list" :key="id">
          <label><input type="checkbox" :checked="done" @change="toggle(id, !done)" />{{ title }}</label>
        </li>
      </ul>
    </main>`,
})

export const mount = (client: Client, element: HTMLElement): void =>
  void createApp(taskList(client)).mount(element)
