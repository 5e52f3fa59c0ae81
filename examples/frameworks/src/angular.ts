import '@angular/compiler'
import { AsyncPipe } from '@angular/common'
import { Component, inject, InjectionToken } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import type { Client } from './client.ts'

const CLIENT = new InjectionToken<Client>('the client')

@Component({
  selector: 'app-tasks',
  imports: [AsyncPipe],
  template: `
    <main>
      <p role="status">{{ (client.state$ | async)?.status }}</p>
      @if (client.queue$ | async; as queue) {
        <output>{{ queue.pending + queue.sent }} to send, {{ queue.conflicts }} conflicts</output>
      }
      <form (submit)="$event.preventDefault(); add(title.value); title.value = ''">
        <input #title aria-label="New task" required />
        <button>Add</button>
      </form>
      <ul>
        @for (task of list$ | async; track task.id) {
          <li>
            <label>
              <input type="checkbox" [checked]="task.done" (change)="toggle(task.id, !task.done)" />
              {{ task.title }}
            </label>
          </li>
        }
      </ul>
    </main>
  `,
})
class TaskList {
  readonly client = inject(CLIENT)
  readonly list$ = this.client.collections.tasks.find$({ orderBy: { title: 'asc' } })
  readonly add = (title: string) => this.client.collections.tasks.create({ title })
  readonly toggle = (id: string, done: boolean) => this.client.collections.tasks.update(id, { done })
}

export const mount = (client: Client, element: HTMLElement): void => {
  element.append(document.createElement('app-tasks'))
  void bootstrapApplication(TaskList, { providers: [{ provide: CLIENT, useValue: client }] })
}
