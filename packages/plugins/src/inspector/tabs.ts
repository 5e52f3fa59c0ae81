import { Subscription } from 'rxjs'
import { button, h } from './dom.ts'
import type { Panel, PanelContext } from './panel.ts'

export interface Tabs {
  readonly list: HTMLElement
  readonly panel: HTMLElement
  /** Shows how much there is behind a tab; nothing for 0. */
  readonly count: (id: string, count: number) => void
  readonly close: () => void
}

interface Tab {
  readonly panel: Panel
  readonly handle: HTMLButtonElement
  readonly badge: HTMLElement
}

/** Which tab a key leads to; undefined: it is not for tabs. */
export const tabForKey = (key: string, current: number, count: number): number | undefined => {
  switch (key) {
    case 'ArrowRight':
      return (current + 1) % count
    case 'ArrowLeft':
      return (current + count - 1) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}

/** Tabs by the pattern of the ARIA authoring practices. Only the panel that is seen is mounted. */
export const createTabs = (panels: readonly Panel[], context: PanelContext): Tabs => {
  let mounted = new Subscription()
  const panelPlace = h('div', { role: 'tabpanel', id: 'panel', tabindex: 0 })

  const show = (index: number): void => {
    const chosen = tabs[index]
    if (chosen === undefined) return
    mounted.unsubscribe()
    for (const { handle, panel } of tabs) {
      const isChosen = panel === chosen.panel
      handle.setAttribute('aria-selected', String(isChosen))
      handle.tabIndex = isChosen ? 0 : -1
    }
    panelPlace.setAttribute('aria-labelledby', chosen.handle.id)
    panelPlace.replaceChildren()
    mounted = chosen.panel.mount(panelPlace, context)
  }

  const tabs: readonly Tab[] = panels.map((panel, index) => {
    const badge = h('span', { class: 'count', hidden: true })
    const attributes = { role: 'tab', id: `tab-${panel.id}`, 'aria-controls': 'panel' }
    const handle = button(panel.title, attributes, () => show(index))
    handle.append(' ', badge)
    return { panel, handle, badge }
  })

  const list = h(
    'div',
    { role: 'tablist', 'aria-label': 'What is shown' },
    ...tabs.map(({ handle }) => handle),
  )
  list.addEventListener('keydown', (event) => {
    const current = tabs.findIndex(({ handle }) => handle.getAttribute('aria-selected') === 'true')
    const next = tabForKey(event.key, current, tabs.length)
    if (next === undefined) return
    event.preventDefault()
    show(next)
    tabs[next]?.handle.focus()
  })
  show(0)

  return {
    list,
    panel: panelPlace,
    count(id, count) {
      const badge = tabs.find(({ panel }) => panel.id === id)?.badge
      if (badge === undefined) return
      badge.hidden = count === 0
      badge.textContent = String(count)
    },
    close: () => mounted.unsubscribe(),
  }
}
