import type { ManyServers, Pushes } from './run-many-servers.ts'

const textOfPushes = ({ perSecond, slowestMs }: Pushes): string =>
  `${perSecond.toFixed(0)} pushes a second, the longest wait ${(slowestMs / 1_000).toFixed(1)} s`

/** What a run came to, for one line. */
export const textOfRun = (result: ManyServers): string => {
  const { operations, verdicts, kills, broken, requests, copies, again, looks, counted, pushes } = result
  const count = (kind: string): number => verdicts[kind] ?? 0
  const atCommit = broken.committed + broken.undone
  return (
    `${operations} operations: ${count('applied') + count('merged')} applied, ${count('conflict')} conflicts, ` +
    `${count('aborted')} aborted with their transaction, ${count('rejected')} rejected; ${kills} kills; ` +
    `${atCommit} connections terminated in their COMMIT (${broken.committed} had committed, ${broken.undone} had not), ` +
    `${broken.midway} midway; ${requests.answered} requests answered, ${requests.cut} cut, ${requests.refused} met no server; ` +
    `${copies} pushes sent twice, ${again} verdicts told again, each the same; counters come to ${counted}, as the increments do; ` +
    `${looks} looks at the tables; beside the foreign transaction ${textOfPushes(pushes.beside)}, without it ${textOfPushes(pushes.without)}; ` +
    `${result.seconds.toFixed(0)} s, ${result.violations.length} violations`
  )
}
