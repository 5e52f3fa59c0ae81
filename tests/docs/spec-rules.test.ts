import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const tests = globSync(['{packages,examples,tools}/*/test/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root })
const quoted = new Set(
  tests.flatMap((file) => [...read(file).matchAll(/\[([A-Z]{2}\d+)\]/g)].map(([, id = '']) => id)),
)

describe.each([
  { file: 'docs/spec/plugins.md', prefix: 'PG' },
  { file: 'docs/spec/plugins.md', prefix: 'JN' },
  { file: 'docs/spec/plugins.md', prefix: 'CP' },
  { file: 'docs/spec/plugins.md', prefix: 'AR' },
  { file: 'docs/spec/client.md', prefix: 'LQ' },
  { file: 'docs/spec/migrations.md', prefix: 'MG' },
  { file: 'docs/spec/connectivity.md', prefix: 'CN' },
  { file: 'docs/spec/server.md', prefix: 'SO' },
  { file: 'docs/spec/server.md', prefix: 'WR' },
  { file: 'docs/spec/server.md', prefix: 'SV' },
  { file: 'docs/spec/server.md', prefix: 'OX' },
  { file: 'docs/spec/server.md', prefix: 'MT' },
  { file: 'docs/spec/server.md', prefix: 'MO' },
  { file: 'docs/spec/server.md', prefix: 'RL' },
  { file: 'docs/spec/mapped-models.md', prefix: 'MM' },
  { file: 'docs/spec/mapped-models.md', prefix: 'FW' },
  { file: 'docs/spec/browser.md', prefix: 'TB' },
  { file: 'docs/spec/browser.md', prefix: 'SB' },
  { file: 'docs/spec/browser.md', prefix: 'IN' },
  { file: 'docs/spec/browser.md', prefix: 'SH' },
  { file: 'docs/spec/browser.md', prefix: 'FR' },
  { file: 'docs/spec/browser.md', prefix: 'TD' },
  { file: 'docs/spec/live.md', prefix: 'LV' },
  { file: 'docs/spec/live.md', prefix: 'LC' },
  { file: 'docs/spec/security.md', prefix: 'HX' },
  { file: 'docs/spec/lifetimes.md', prefix: 'TL' },
  { file: 'docs/spec/server.md', prefix: 'RT' },
  { file: 'docs/spec/command.md', prefix: 'CM' },
  { file: 'docs/spec/client.md', prefix: 'BK' },
])('$file', ({ file, prefix }) => {
  const listed = [...read(file).matchAll(/^[*-] \*\*([A-Z]{2}\d+)\*\* /gm)]
    .map(([, id = '']) => id)
    .filter((id) => id.startsWith(prefix))

  test('its rules are numbered without gaps', () => {
    expect(listed.length).toBeGreaterThan(0)
    expect(listed).toEqual(listed.map((_, index) => `${prefix}${index + 1}`))
  })

  test('every rule is quoted by a test, and every quoted rule exists', () => {
    const ofPage = [...quoted].filter((id) => id.startsWith(prefix))
    expect(ofPage.toSorted()).toEqual(listed.toSorted())
  })
})
