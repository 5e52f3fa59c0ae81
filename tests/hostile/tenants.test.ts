import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { createSender, type Sender } from './send.ts'
import { startServer, type HostedServer } from './start-server.ts'
import { runProbes, type Probed } from './tenants/run-probes.ts'
import { settleTenant, type Tenant } from './tenants/tenant.ts'

const stored = async (
  { database: { prisma } }: HostedServer,
  { scope, clientId }: Tenant,
): Promise<unknown> => ({
  state: await prisma.holdfastScope.findMany({ where: { scope } }),
  records: await prisma.holdfastRecord.findMany({ where: { scope }, orderBy: { seq: 'asc' } }),
  operations: await prisma.holdfastOperation.findMany({ where: { scope }, orderBy: { operationId: 'asc' } }),
  resends: await prisma.holdfastResend.findMany({ where: { scope } }),
  watermarks: await prisma.holdfastWatermark.findMany({ where: { scope } }),
  client: await prisma.holdfastClient.findMany({ where: { clientId } }),
})

/** What only the tenant could say: values, their name, and what their tokens are made of. */
const canariesOf = async (
  { database: { prisma } }: HostedServer,
  { scope, user, secrets }: Tenant,
): Promise<readonly string[]> => {
  const batches = await prisma.holdfastBatch.findMany({ where: { scope } })
  return [...secrets, ...batches.map(({ nonce }) => nonce), `"${user}"`]
}

const settleBoth = async (sender: Sender): Promise<{ readonly own: Tenant; readonly theirs: Tenant }> => ({
  theirs: await settleTenant(sender, 'ada', 3),
  own: await settleTenant(sender, 'bert', 3),
})

describe.each(databaseNames)('%s', (database) => {
  test(
    '[HX3] [HX4] [HX5] whatever of another tenant a request names: nothing of theirs comes back or changes, as if nobody had it',
    { timeout: 300_000 },
    async () => {
      await using server = await startServer(database)
      using sender = createSender(server.url)
      const { own, theirs } = await settleBoth(sender)
      const before = await stored(server, theirs)
      const canaries = await canariesOf(server, theirs)
      const { problems, requests, bytes } = await runProbes({ sender, own, theirs, canaries })
      expect(problems).toEqual([])
      expect(await stored(server, theirs)).toEqual(before)
      const made = { where: { scope: { startsWith: 'team-no' } } }
      expect(await server.database.prisma.holdfastScope.count(made)).toBe(0)
      const { failures, logged } = await server.report()
      expect({ failures, logged }).toEqual({ failures: [], logged: [] })
      figure(
        `${database}: ${requests} requests for what is another tenant's: of ${canaries.length} secrets none in ${bytes} bytes`,
      )
    },
  )
})

test(
  '[HX3] [HX4] a server that lets everybody into every scope is found out',
  { timeout: 300_000 },
  async () => {
    await using server = await startServer('SQLite', 'open scopes')
    using sender = createSender(server.url)
    const { own, theirs } = await settleBoth(sender)
    const { problems }: Probed = await runProbes({
      sender,
      own,
      theirs,
      canaries: await canariesOf(server, theirs),
    })
    expect(problems.some((problem) => problem.includes(' told secret-ada-'))).toBe(true)
    expect(problems.some((problem) => problem.includes('was not refused'))).toBe(true)
  },
)
