import type { CommitBatch, Write } from '@holdfast/core/storage'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import { changingCommits, withDatabase, type Plants } from './plants.ts'

/** Of the rows that are folded, one in three does not arrive. */
const losesFoldedRows = (): Plants => {
  let rows = 0
  const isLost = (write: Write, batch: CommitBatch): boolean => {
    const isFold = batch.writes.some(({ key, value }) => key.startsWith('stage/') && value === undefined)
    if (!isFold || !write.key.startsWith('rec/')) return false
    rows += 1
    return rows % 3 === 0
  }
  return withDatabase((database) => ({
    ...database,
    commit: (batch) =>
      database.commit({ ...batch, writes: batch.writes.filter((write) => !isLost(write, batch)) }),
  }))
}

/** The flip looks like a commit that changed nothing. */
const flipsInSilence = (): Plants => {
  const quiet = (write: Write, revision: number): Write => {
    if (!write.key.startsWith('log/') || write.value === undefined) return write
    const log = JSON.parse(write.value) as { readonly after: number }
    return log.after === Number.MAX_SAFE_INTEGER
      ? { ...write, value: JSON.stringify({ ...log, after: revision }) }
      : write
  }
  return withDatabase((database) => ({
    ...database,
    commit({ expect, writes }) {
      const before = expect.find(({ key }) => key.startsWith('log/'))?.revision ?? 0
      return database.commit({ expect, writes: writes.map((write) => quiet(write, before)) })
    },
  }))
}

/** Rows that are put aside are shown at once. */
const showsStagedRows = (): Plants =>
  changingCommits(async ({ expect, writes }, database) => {
    const staged = writes.filter(({ key, value }) => key.startsWith('stage/') && value !== undefined)
    if (staged.length === 0) return { expect, writes }
    const keys = staged.map(({ key }) => key.replace(/^stage/, 'rec'))
    const found = await database.read(keys.map((get) => ({ get })))
    const shown = staged.flatMap(({ value }, index): readonly Write[] => {
      const record = found[index]
      const isBusy = record !== undefined && !record.value.includes('"overlay":0')
      return isBusy ? [] : [{ key: keys[index] ?? '', value }]
    })
    return { expect, writes: [...writes, ...shown] }
  })

/** A large pull brings what is new, and not what is gone. */
const forgetsStagedDeletions = (): Plants => {
  const isDeletion = ({ key, value }: Write): boolean =>
    key.startsWith('stage/') && value?.includes('"deleted":true') === true
  return changingCommits(({ expect, writes }) => ({
    expect,
    writes: writes.filter((write) => !isDeletion(write)),
  }))
}

/** Much is pulled in small pages. */
const paged: SwarmChanges = {
  latecomer: true,
  page: 3,
  client: { page: 2 },
  weights: { offline: 15, partition: 15, crashStaging: 4 },
}

/** Bugs of pulls that take several pages. */
export const stagingBugs: readonly PlantedBug[] = [
  { name: 'a row is lost on its way into the records', plants: losesFoldedRows },
  { name: 'live views do not hear of a flip', plants: flipsInSilence },
  { name: 'a staged row is seen before the flip', plants: showsStagedRows, changes: paged },
  { name: 'a flip forgets a deletion', plants: forgetsStagedDeletions, changes: paged },
]
