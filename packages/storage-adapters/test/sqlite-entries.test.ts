import { expect, test } from 'vitest'
import { measure, type Bundle } from '../../../tools/bundle/measure.ts'

const bundleOf = (entry: string): Promise<Bundle> =>
  measure(`../../../packages/storage-adapters/src/sqlite-${entry}/index`)

test.each(['capacitor', 'expo', 'op', 'wasm', 'worker'])(
  'the entry of %s loads nothing of Node, no library and no other driver',
  async (entry) => {
    const { left, modules } = await bundleOf(entry)
    expect(left).toEqual([])
    const drivers = modules.flatMap((path) => /storage-adapters\/src\/sqlite-(\w+)\//.exec(path)?.[1] ?? [])
    expect([...new Set(drivers)]).toEqual([entry])
    expect(modules.filter((path) => /better-sqlite3|node-sqlite|node-platform/.test(path))).toEqual([])
  },
)

test('what Node has is noticed', async () => {
  const { left } = await measure('../../../packages/storage-adapters/src/sqlite/index')
  expect(left).toContain('node:sqlite')
})
