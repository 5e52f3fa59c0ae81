import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type axe from 'axe-core'
import type { Frame, Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core has to object to a document, frames in it left out. */
export const violationsIn = async (frame: Page | Frame): Promise<readonly string[]> => {
  await frame.evaluate(axeSource)
  const found = await frame.evaluate(async () => {
    const { axe: checker } = window as unknown as { readonly axe: typeof axe }
    return (await checker.run({ exclude: ['iframe'] })).violations
  })
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
