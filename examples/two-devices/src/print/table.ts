import Table from 'cli-table3'
import type { Task } from '../schema.ts'
import type { Difference } from '../verify/differences.ts'
import type { Evidence } from '../verify/evidence.ts'
import { colours } from './colours.ts'

// The library's own colours are left out: it would not ask whether they are wanted.
const plain = { head: [], border: [] }

const describe = (task: Task | undefined): string => {
  if (task === undefined) return '(none)'
  const { title, owner, note, priority } = task
  return `${title}\n${owner}, priority ${priority}${note === '' ? '' : `\n${note}`}`
}

/** All tasks as each device shows them, beside the server's rows. */
export const replicasTable = ({ expected, devices, server }: Evidence): string => {
  const table = new Table({
    head: ['', ...devices.map(({ name }) => name), 'server row'].map(colours.bold),
    style: plain,
    wordWrap: true,
    colWidths: [10, ...devices.map(() => 27), 34],
  })
  const ids = new Set(
    [expected, server.tasks, ...devices.map(({ tasks }) => tasks)].flat().map(({ id }) => id),
  )
  for (const id of [...ids].sort()) {
    const row = server.tasks.find((task) => task.id === id)
    const shown = devices.map(({ tasks }) => describe(tasks.find((task) => task.id === id)))
    const stamp = row === undefined ? '' : colours.dim(`\nversion ${row.version}, by ${row.updatedBy}`)
    table.push([id, ...shown, `${describe(row)}${stamp}`])
  }
  return table.toString()
}

/** Both sides of a conflict and what was chosen. */
export const conflictTable = (rows: readonly (readonly [string, string])[]): string => {
  const table = new Table({ style: plain })
  for (const [side, value] of rows) table.push([colours.dim(side), value])
  return table.toString()
}

export const differencesTable = (differences: readonly Difference[]): string => {
  const table = new Table({ head: ['where', 'what', 'expected', 'found'], style: plain })
  for (const { where, what, expected, found } of differences) table.push([where, what, expected, found])
  return table.toString()
}
