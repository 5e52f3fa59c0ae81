import { prismaStore } from '@holdfast/server/prisma'
import { openPrisma } from '../support/open-prisma.ts'
import { create, createWorld } from '../support/world.ts'

/** One server process of its own: `node writer-process.ts <url> <client> <pushes>`. Prints how its pushes ended. */
const [url = '', clientId = '', pushes = '0'] = process.argv.slice(2)
const prisma = openPrisma(url)
const client = createWorld(prismaStore(prisma)).client(clientId, `user of ${clientId}`)
const ended = new Map<string, number>()

for (let push = 0; push < Number(pushes); push += 1) {
  const operations = Array.from({ length: 5 }, (_, index) =>
    create(client, `${clientId}-${push}-${index}`, { title: 'x' }),
  )
  const output = await client.pushRaw(operations)
  const kinds = output.kind === 'answer' ? output.results.map(({ kind }) => kind) : [output.code]
  for (const kind of kinds) ended.set(kind, (ended.get(kind) ?? 0) + 1)
}

await prisma.$disconnect()
process.stdout.write(JSON.stringify(Object.fromEntries(ended)))
