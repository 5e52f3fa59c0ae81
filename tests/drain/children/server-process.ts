import { schema } from '../../../packages/core/test/support/schema.ts'
import { startServer } from '../../harness/server.ts'

/** A server process of its own: `node server-process.ts <database> <port> <token>`. Prints a line once it serves. */
const [databaseFile = '', port = '', token = ''] = process.argv.slice(2)
const server = await startServer({ schema, databaseFile, port: Number(port) })
server.tokens.set(token, { id: 'u-1' })
process.stdout.write(`${server.url}\n`)
