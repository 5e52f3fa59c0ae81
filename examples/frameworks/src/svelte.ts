import { mount as mountComponent } from 'svelte'
import type { Client } from './client.ts'
import Tasks from './Tasks.svelte'

export const mount = (client: Client, element: HTMLElement): void =>
  void mountComponent(Tasks, { target: element, props: { client } })
