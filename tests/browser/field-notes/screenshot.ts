import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'

const folder = resolve(import.meta.dirname, '../../../docs/images')

/** Pictures for the docs: made where `HOLDFAST_SCREENSHOTS` is set, so that a test run changes no file. */
export const screenshot = async (page: Page, name: string): Promise<void> => {
  const asked = process.env['HOLDFAST_SCREENSHOTS']
  if (asked === undefined || asked === '') return
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
