import type { RowVersions, ServerRow } from '@holdfast/core/protocol'
import { equal } from './assert.ts'
import { rowOf, save, scope, type ServerStoreRule } from './rule.ts'

const byVersion = (left: RowVersions, right: RowVersions): number => left.version - right.version

const withoutData = ({
  collection,
  id,
  version,
  deleted,
  fieldVersions,
  schemaVersion,
}: ServerRow): RowVersions => ({
  collection,
  id,
  version,
  deleted,
  fieldVersions,
  ...(schemaVersion === undefined ? {} : { schemaVersion }),
})

export const versionRules: readonly ServerStoreRule[] = [
  {
    id: 'SS45',
    title: 'versions says of the same records what records says, but for what is in them',
    async check({ store }) {
      const at = 2 ** 40
      const title = { version: 3, clientId: 'c', userId: 'u', otherVersion: 2, timestamp: at, seq: at }
      const rows = [
        rowOf('x', 1, { version: 1 }),
        rowOf('x', 2, { version: 2, collection: 'notes', schemaVersion: '2.1.0' }),
        rowOf('y', 3, { version: 3, deleted: true, fieldVersions: { title, $deleted: title } }),
        rowOf('z', at, { version: at, fieldVersions: {} }),
      ]
      await save(store, { rows, head: { head: at, nonce: 'n' } })
      await save(store, { rows: [rowOf('x', at + 1)], head: { head: at + 1, nonce: 'm' } }, 'team-2')
      const expected = rows.map(withoutData)
      const missing = { collection: 'notes', id: 'y' }
      await store.read(scope, async (tx) => {
        equal((await tx.versions([...rows, missing])).toSorted(byVersion), expected, 'of all')
        equal(await tx.versions([missing]), [], 'of none')
        equal(await tx.versions([]), [], 'no keys')
      })
      const changed = rowOf('x', at + 1, { version: at + 1 })
      await store.write(scope, async (tx) => {
        await tx.save({ rows: [changed], operations: [], resends: [] })
        equal(await tx.versions([changed]), [withoutData(changed)], 'after a save')
      })
    },
  },
]
