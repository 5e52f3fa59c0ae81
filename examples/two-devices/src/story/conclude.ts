import type { Narrator } from '../print/narrator.ts'
import { differencesTable, replicasTable } from '../print/table.ts'
import { exitCodeOf, findDifferences } from '../verify/differences.ts'
import type { Evidence } from '../verify/evidence.ts'

/** Shows where everything ended up, compared with how it has to end. Returns the exit code. */
export const conclude = (narrator: Narrator, evidence: Evidence): 0 | 1 => {
  narrator.act('Side by side, checked against the expected ending')
  narrator.block(replicasTable(evidence))
  const differences = findDifferences(evidence)
  if (differences.length > 0) {
    narrator.bad(`${differences.length} things differ`)
    narrator.block(differencesTable(differences))
    return exitCodeOf(differences)
  }
  const { devices, server, expected } = evidence
  const all = devices.flatMap(({ operations }) => operations)
  const count = (kind: string): number => all.filter(({ fate }) => fate.kind === kind).length
  const outvoted = all.filter(({ fate }) => fate.kind === 'applied' && fate.lost.length > 0).length
  narrator.good(`${expected.length} tasks are the same on ${devices.length} devices and on the server`)
  narrator.good(`${all.length} operations made, ${server.operations.length} decided by the server, each once`)
  narrator.good(
    `fates: ${count('applied')} applied (${outvoted} of them outvoted), ${count('superseded')} superseded by an answer`,
  )
  narrator.good('queues empty, no open conflicts, no dead letters')
  return exitCodeOf(differences)
}
