import type { Frame, Locator, Page } from 'playwright-core'

/** A device as a person uses it: by what is written on it, or read aloud. */
export interface ShownDevice {
  readonly network: Locator
  readonly state: Locator
  readonly queue: Locator
  readonly note: (id: string) => NoteOnScreen
  readonly decide: Locator
  readonly dialog: Locator
}

export interface NoteOnScreen {
  readonly text: Locator
  readonly findings: Locator
  readonly oneMore: Locator
  readonly status: Locator
  readonly rewrite: (text: string) => Promise<void>
  readonly tag: (name: string) => Promise<void>
}

/** Notes are found by their id: what is written in them changes. */
export const deviceIn = (frame: Page | Frame): ShownDevice => ({
  network: frame.getByRole('switch', { name: 'Network' }),
  state: frame.getByTestId('state'),
  queue: frame.getByTestId('queue'),
  decide: frame.getByRole('button', { name: 'Decide' }),
  dialog: frame.getByRole('dialog', { name: 'What should stand?' }),
  note: (id) => noteIn(frame.locator(`[data-note="${id}"]`)),
})

const noteIn = (card: Locator): NoteOnScreen => ({
  text: card.getByLabel('Text', { exact: true }),
  findings: card.getByRole('group', { name: 'Findings' }).locator('output'),
  oneMore: card.getByRole('button', { name: 'One finding more' }),
  status: card.getByLabel('Status'),
  async rewrite(text) {
    await card.getByLabel('Text', { exact: true }).fill(text)
    await card.getByRole('button', { name: 'Save text' }).click()
  },
  async tag(name) {
    await card.getByLabel('New tag').fill(name)
    await card.getByLabel('New tag').press('Enter')
  },
})

/** The frame of one of the two devices. */
export const frameOf = (page: Page, device: 'a' | 'b'): Frame => {
  const frame = page.frames().find((one) => one.url().includes(`device=${device}`))
  if (frame === undefined) throw new Error(`The page shows no device ${device}.`)
  return frame
}
