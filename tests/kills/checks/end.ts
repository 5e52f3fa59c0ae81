import type { TestDatabase } from '../../../packages/server/test/support/databases.ts'
import type { Ledger } from './ledger.ts'
import { difference } from './rows.ts'
import { readServer } from './server.ts'

export interface End {
  /** Operations that took effect on the server. */
  readonly applied: number
  readonly violations: readonly string[]
}

/** Once all devices have settled: nothing is lost, each operation took effect once, and all show the server's rows. */
export const checkEnd = async (
  { prisma }: Pick<TestDatabase, 'prisma'>,
  ledgers: readonly Ledger[],
): Promise<End> => {
  const server = await readServer(
    prisma,
    ledgers.map((ledger) => ledger.writesById()),
    { mayRefuse: false },
  )
  const violations = [
    ...ledgers.flatMap((ledger) => ledger.violations),
    ...server.violations,
    ...server.missing.map((id) => `server: operation ${id} never arrived`),
  ]
  for (const ledger of ledgers) {
    const names = [`shown by ${ledger.device}`, 'in the table'] as const
    violations.push(...difference(ledger.lastShown(), server.records, names))
    for (const { id, fate } of ledger.lastFound()?.operations ?? [])
      if (fate !== 'applied') violations.push(`${ledger.device}: ${id} has the fate ${fate}`)
  }
  return { applied: server.applied.size, violations }
}
