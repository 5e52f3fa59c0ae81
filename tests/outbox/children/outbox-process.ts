import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createOutboxWorker, createSyncHandlers } from '@holdfast/server'
import { prismaStore } from '@holdfast/server/prisma'
import { openPrisma } from '../../../packages/server/test/support/open-prisma.ts'
import { notes } from '../../live/schema.ts'
import { scopes } from '../scopes.ts'

/**
 * A server that writes, and delivers what its outbox keeps into a file. Arguments: database, file, and `write` or `drain`:
 * a draining one writes nothing, and ends once nothing is left. It is killed at any moment.
 */
const [database = '', file = '', what = ''] = process.argv.slice(2)
const store = prismaStore(openPrisma(database))
const { write } = createSyncHandlers({
  schema: notes,
  store,
  scopes: () => [],
  authorize: () => true,
  tokenSecrets: ['a secret for tests of thirty-two bytes'],
  rates: 'none',
  outbox: true,
})
let delivered = 0
createOutboxWorker({
  store,
  // Claims of those that were killed run out soon.
  claimMs: 500,
  pollEvery: 20,
  batch: 7,
  async deliver({ scope, head }) {
    await sleep(1)
    appendFileSync(file, `${scope} ${head}\n`)
    delivered += 1
  },
})
process.stdout.write('ready\n')

if (what === 'write') {
  for (let index = 0; ; index += 1) {
    const scope = scopes[index % scopes.length] ?? ''
    const id = `n-${process.pid}-${index}`
    await write({ user: { id: 'job' } }, scope, ({ records }) => records.put('notes', id, { id, text: id }))
  }
}
for (let before = -1; before !== delivered;) {
  before = delivered
  await sleep(1_500)
}
process.exit(0)
