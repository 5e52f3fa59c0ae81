/** A child of an element. */
export type Child = Node | string | undefined

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

const setAll = (element: Element, attributes: Attributes): void => {
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== undefined && value !== false)
      element.setAttribute(attribute, value === true ? '' : String(value))
}

/** Texts are set as texts: nothing that a record holds is ever read as markup. */
export const h = <TName extends keyof HTMLElementTagNameMap>(
  tag: TName,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[TName] => {
  const element = document.createElement(tag)
  setAll(element, attributes)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

export const svg = <TName extends keyof SVGElementTagNameMap>(
  tag: TName,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[TName] => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAll(element, attributes)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

export const button = (label: string, attributes: Attributes, run: () => void): HTMLButtonElement => {
  const element = h('button', { type: 'button', ...attributes }, label)
  element.addEventListener('click', run)
  return element
}

export interface Row<TItem> {
  readonly keyOf: (item: TItem) => string
  /** Where it is the same, the row is left alone: whoever has the focus in it keeps it. */
  readonly signatureOf: (item: TItem) => string
  readonly render: (item: TItem) => HTMLElement
}

/** Keeps the rows of a list up to date, and touches only those that changed. */
export const keepRows = <TItem>(
  place: HTMLElement,
  { keyOf, signatureOf, render }: Row<TItem>,
): ((items: readonly TItem[]) => void) => {
  let known = new Map<string, { readonly signature: string; readonly element: HTMLElement }>()
  return (items) => {
    const next: typeof known = new Map()
    // First, so that those that stay need not be moved: what is moved loses the focus.
    const keys = new Set(items.map(keyOf))
    for (const [key, { element }] of known) {
      if (keys.has(key)) continue
      keepFocus(place, element)
      element.remove()
    }
    let previous: Element | undefined
    for (const item of items) {
      const [key, signature] = [keyOf(item), signatureOf(item)]
      const before = known.get(key)
      const row = before?.signature === signature ? before : { signature, element: render(item) }
      if (before !== undefined && before !== row) {
        keepFocus(place, before.element)
        before.element.replaceWith(row.element)
      }
      const following = previous === undefined ? place.firstElementChild : previous.nextElementSibling
      if (following !== row.element) place.insertBefore(row.element, following)
      previous = row.element
      next.set(key, row)
    }
    known = next
  }
}

/** Who had the focus in what goes is not sent to the top of the page. */
const keepFocus = (place: HTMLElement, going: HTMLElement): void => {
  const root = place.getRootNode()
  if (root instanceof ShadowRoot && going.contains(root.activeElement))
    place.closest<HTMLElement>('[tabindex]')?.focus()
}

/** What people read as a time of day, and machines as a time. */
export const timeOf = (at: number): HTMLTimeElement => {
  const date = new Date(at)
  const text = date.toLocaleTimeString('en-GB', { hour12: false })
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  return h('time', { datetime: date.toISOString() }, `${text}.${milliseconds}`)
}
