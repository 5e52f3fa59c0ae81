declare module '*.svelte' {
  import type { Component } from 'svelte'
  import type { Client } from './client.ts'

  const component: Component<{ client: Client }>
  export default component
}
