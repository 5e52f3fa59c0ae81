import { applyMigrations } from '@holdfast/server/prisma'
import { schema } from '../../../packages/core/test/support/schema.ts'
import { openDatabase } from '../../../packages/server/test/support/databases.ts'
import { adapterFor, openPrisma } from '../../../packages/server/test/support/open-prisma.ts'
import { startServer } from '../../harness/server.ts'

/** A server process of its own: `node server-process.ts <database> <port> <token>`. Prints a line once it serves. */
const [databaseFile = '', port = '', token = ''] = process.argv.slice(2)
const url = `file:${databaseFile}`
await applyMigrations({ adapter: adapterFor(url) })
const database = openDatabase(url, openPrisma(url), (prisma) => prisma.$disconnect())
const server = await startServer({ schema, database, port: Number(port) })
server.tokens.set(token, { id: 'u-1' })
process.stdout.write(`${server.url}\n`)
