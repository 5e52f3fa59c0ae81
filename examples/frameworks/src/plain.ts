import type { Client, Task } from './client.ts'

const page = `
  <main>
    <p role="status"></p>
    <output></output>
    <form>
      <input aria-label="New task" required />
      <button>Add</button>
    </form>
    <ul></ul>
  </main>`

const find = <TElement extends Element>(
  parent: Element,
  name: string,
  type: new () => TElement,
): TElement => {
  const found = parent.querySelector(name)
  if (found instanceof type) return found
  throw new TypeError(`There is no ${name} in the page.`)
}

export const mount = ({ collections: { tasks }, queue$, state$ }: Client, element: HTMLElement): void => {
  element.innerHTML = page
  const [status, queue] = [find(element, 'p', HTMLElement), find(element, 'output', HTMLElement)]
  const [form, title] = [find(element, 'form', HTMLFormElement), find(element, 'input', HTMLInputElement)]
  const list = find(element, 'ul', HTMLElement)

  const toItem = ({ id, title, done }: Task): HTMLElement => {
    const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: done })
    box.addEventListener('change', () => void tasks.update(id, { done: !done }))
    const label = document.createElement('label')
    label.append(box, title)
    const item = document.createElement('li')
    item.append(label)
    return item
  }

  state$.subscribe((state) => status.replaceChildren(state.status))
  queue$.subscribe(({ pending, sent, conflicts }) =>
    queue.replaceChildren(`${pending + sent} to send, ${conflicts} conflicts`),
  )
  tasks
    .find$({ orderBy: { title: 'asc' } })
    .subscribe((found) => list.replaceChildren(...found.map((task) => toItem(task))))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void tasks.create({ title: title.value })
    form.reset()
  })
}
