import { compactionBugs } from './compaction-bugs.ts'
import { databaseBugs } from './database-bugs.ts'
import { leaseBugs } from './lease-bugs.ts'
import { lifetimeBugs } from './lifetime-bugs.ts'
import { logBugs } from './log-bugs.ts'
import { mergeBugs } from './merge-bugs.ts'
import type { PlantedBug } from './planted-bug.ts'
import { procedureBugs } from './procedure-bugs.ts'
import { recoveryBugs } from './recovery-bugs.ts'
import { retentionBugs } from './retention-bugs.ts'
import { scopeBugs } from './scope-bugs.ts'
import { serverBugs } from './server-bugs.ts'
import { stagingBugs } from './staging-bugs.ts'
import { transportBugs } from './transport-bugs.ts'
import { upgradeBugs } from './upgrade-bugs.ts'

/** All bugs that are kept to try the checks on. */
export const plantedBugs: readonly PlantedBug[] = [
  ...databaseBugs,
  ...logBugs,
  ...stagingBugs,
  ...scopeBugs,
  ...transportBugs,
  ...procedureBugs,
  ...serverBugs,
  ...recoveryBugs,
  ...retentionBugs,
  ...mergeBugs,
  ...leaseBugs,
  ...compactionBugs,
  ...lifetimeBugs,
  ...upgradeBugs,
]

/** @throws where there is none of that name */
export const plantedBug = (name: string): PlantedBug => {
  const found = plantedBugs.find((bug) => bug.name === name)
  if (found !== undefined) return found
  const names = plantedBugs.map((bug) => `  ${bug.name}`)
  throw new Error(`No bug is called "${name}". There are:\n${names.join('\n')}`)
}
