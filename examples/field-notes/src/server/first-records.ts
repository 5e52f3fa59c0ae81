import type { SyncMiddleware } from '@holdfast/server/express'
import type { SqlRunner } from '@holdfast/server/prisma'
import { people, scopeOf, type Person } from '../shared/people.ts'
import type { Collections } from '../shared/schema.ts'

const sites = [
  { id: 'harbour', name: 'Harbour warehouse', address: '4 Quay Road' },
  { id: 'school', name: 'Hill Street school', address: '21 Hill Street' },
  { id: 'bridge', name: 'River footbridge', address: 'Kilometre 12' },
]

const notes = [
  { id: 'note-gate', siteId: 'harbour', text: 'Fire door on the north side sticks.', assignee: 'ben' },
  { id: 'note-lamp', siteId: 'harbour', text: 'Emergency light above bay 3 is dark.', assignee: '' },
  { id: 'note-stairs', siteId: 'school', text: 'Handrail of the back stairs is loose.', assignee: 'ada' },
  { id: 'note-deck', siteId: 'bridge', text: 'Two planks of the deck are soft.', assignee: 'ben' },
]

/** What a new database begins with. One that has been begun is left alone. */
export const writeFirstRecords = async (
  sync: SyncMiddleware<Person, SqlRunner, Collections>,
): Promise<void> => {
  const [user] = people
  if (user === undefined) return
  await sync.write({ user }, scopeOf(user), async ({ records, now }) => {
    if ((await records.get('sites', 'harbour')) !== undefined) return
    for (const site of sites) await records.put('sites', site.id, site)
    for (const note of notes) {
      const rest = { findings: 0, tags: [], status: 'open' as const, writtenAt: now }
      await records.put('notes', note.id, { ...note, ...rest })
    }
  })
}
