import { withWholeClock } from '@holdfast/core/protocol'
import { pruneSync, type PruneReport } from '../retention/prune-sync.ts'
import { prismaStore } from '../store/prisma/prisma-store.ts'
import { countPrunable } from '../store/prisma/prune.ts'
import type { Request } from './arguments.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { openDatabase, type CommandDatabase } from './database/open.ts'
import { showDuration } from './duration.ts'
import { counted } from './text.ts'

type PruneCommand = Request & { readonly kind: 'prune' }

const page = 200

/** Milliseconds of one transaction: nobody waits for an answer. */
const timeoutMs = 30_000

/** What `pruneSync` would remove. */
const count = async ({ client, provider }: CommandDatabase, before: number): Promise<PruneReport> => {
  const store = prismaStore(client, { provider, timeoutMs })
  let report: PruneReport = { scopes: 0, tombstones: 0, verdicts: 0, nonces: 0 }
  for (let after: string | undefined; ;) {
    const names = await store.scopes(after, page)
    for (const name of names) {
      const found = await store.read(name, ({ database, state }) =>
        countPrunable(database, name, state, before),
      )
      report = {
        scopes: report.scopes + 1,
        tombstones: report.tombstones + found.tombstones,
        verdicts: report.verdicts + found.verdicts,
        nonces: report.nonces + found.nonces,
      }
    }
    after = names.at(-1)
    if (names.length < page) return report
  }
}

/** `holdfast prune`. */
export const prune = async (
  { target, olderThan, dryRun, json }: PruneCommand,
  { environment, print }: CommandContext,
): Promise<ExitCode> => {
  await using database = await openDatabase(target)
  const report = dryRun
    ? await count(database, withWholeClock(environment).clock.now() - olderThan)
    : await pruneSync(prismaStore(database.client, { provider: database.provider, environment, timeoutMs }), {
        olderThan,
        environment,
      })
  if (json) {
    print(`${JSON.stringify({ dryRun, ...report })}\n`)
    return 0
  }
  const { scopes, tombstones, verdicts, nonces } = report
  const what = [
    counted(tombstones, 'tombstone'),
    counted(verdicts, 'verdict'),
    counted(nonces, 'nonce'),
  ].join(', ')
  print(
    `${database.name}: ${dryRun ? 'would forget' : 'forgot'} ${what}, all older than ${showDuration(olderThan)}, in ${counted(scopes, 'scope')}.\n`,
  )
  return 0
}
