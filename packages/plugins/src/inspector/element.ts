import type { SyncEvent } from '@holdfast/core'
import { BehaviorSubject, Subscription } from 'rxjs'
import { inspectableOf, type InspectedClient } from './inspected-client.ts'
import { addEvent, emptyModel } from './model.ts'
import { readTrace } from './read-trace.ts'
import { mountShell } from './shell.ts'
import { styles } from './styles.ts'
import type { TraceDocument } from './trace.ts'
import { h } from './dom.ts'

/** `<holdfast-inspector>`: give it a client, and it shows what that client does. */
export interface InspectorElement extends HTMLElement {
  /** Undefined: nothing is shown. It may be changed at any time. */
  client: InspectedClient | undefined
  /** What the button downloads. @throws Error where there is no client */
  readonly trace: () => Promise<TraceDocument>
}

declare global {
  interface HTMLElementTagNameMap {
    'holdfast-inspector': InspectorElement
  }
}

/** A class only where there are elements: the module loads anywhere. */
const createElementClass = (): CustomElementConstructor =>
  class extends HTMLElement implements InspectorElement {
    #client: InspectedClient | undefined
    #watching = new Subscription()
    readonly #model$ = new BehaviorSubject(emptyModel)
    readonly #place = h('div', { part: 'inspector' })

    constructor() {
      super()
      const root = this.attachShadow({ mode: 'open' })
      // A content security policy may forbid style elements; it lets these pass.
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(styles)
      root.adoptedStyleSheets = [sheet]
      root.append(this.#place)
    }

    get client(): InspectedClient | undefined {
      return this.#client
    }

    set client(client: InspectedClient | undefined) {
      if (client === this.#client) return
      this.#client = client
      this.#model$.next(emptyModel)
      if (this.isConnected) this.#watch()
    }

    async trace(): Promise<TraceDocument> {
      if (this.#client === undefined) throw new Error('The inspector has no client.')
      return readTrace(this.#client, this.#model$.value)
    }

    connectedCallback(): void {
      // A framework may have set it before the element was defined.
      if (Object.hasOwn(this, 'client')) {
        const given = Object.getOwnPropertyDescriptor(this, 'client')?.value as InspectedClient | undefined
        Reflect.deleteProperty(this, 'client')
        this.client = given
      }
      this.#watch()
    }

    disconnectedCallback(): void {
      this.#watching.unsubscribe()
      this.#place.replaceChildren()
    }

    #watch(): void {
      this.#watching.unsubscribe()
      this.#place.replaceChildren()
      const client = this.#client
      if (client === undefined) {
        this.#place.append(h('p', { class: 'said' }, 'No client: set the property client.'))
        return
      }
      this.#watching = new Subscription()
      // What is kept tells of the time in which the element was not in the page; what it knows already is counted once.
      const known = new Set(this.#model$.value.events)
      const hear = (event: SyncEvent): void => {
        if (!known.has(event)) this.#model$.next(addEvent(this.#model$.value, event))
      }
      for (const event of inspectableOf(client)?.recent() ?? []) {
        hear(event)
        known.add(event)
      }
      this.#watching.add(client.events$.subscribe(hear))
      this.#watching.add(mountShell(this.#place, client, this.#model$))
    }
  }

/** Defines the element, once; in a worker or on a server there is none to define. */
export const defineInspector = (): void => {
  const { customElements } = globalThis as Partial<typeof globalThis>
  if (customElements === undefined || customElements.get(elementName) !== undefined) return
  customElements.define(elementName, createElementClass())
}

const elementName = 'holdfast-inspector'
