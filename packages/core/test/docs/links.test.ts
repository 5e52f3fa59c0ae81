import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../../..')
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

/** Targets of a page's links that lie in this repo, without their anchors. */
const targetsOf = (page: string): readonly string[] =>
  [...readFileSync(resolve(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))

test.each(pages)('the links of %s lead somewhere', (page) => {
  const folder = dirname(resolve(root, page))
  expect(targetsOf(page).filter((target) => !existsSync(resolve(folder, target)))).toEqual([])
})
