import { prismaStore } from '@holdfast/server/prisma'
import { openPrisma } from '../support/open-prisma.ts'

/** A server process that takes a scope's lock and then does nothing: `node freezing-writer.ts <url> <scope> <ms>`. */
const [url = '', scope = '', timeoutMs = ''] = process.argv.slice(2)
const store = prismaStore(openPrisma(url), { timeoutMs: Number(timeoutMs) })
await store.write(scope, async () => {
  process.stdout.write('locked')
  await new Promise<never>(() => undefined)
})
