import type { Risk } from '@holdfast/core'
import type { Ending } from './story.ts'

type Row = readonly [string, string]

const number = (value: number): string => Math.round(value).toLocaleString('en')

/** `plain`: the same story, with nothing folded. */
export const tableOf = (ending: Ending, plain: Ending): string => {
  const { queued, preflight, backup, restored, answers, accounts, pruned, deadLetters } = ending
  const risky = (risk: Risk) => preflight.entities.filter((entity) => entity.risk === risk)
  const fieldsOf = (risk: Risk): string => {
    const counts = new Map<string, number>()
    for (const { reason, fields } of risky(risk)) {
      const name = `${reason} ${fields.join(', ')}`.trim()
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return [...counts].map(([name, count]) => `${count} ${name}`).join('; ')
  }
  const instead = (of: (one: Ending) => number): string =>
    `${number(of(ending))} instead of ${number(of(plain))}`
  const { mine, theirs, another } = answers.questions

  return lines([
    ['forgotten by the server', `${pruned.tombstones} deletions, ${number(pruned.verdicts)} verdicts`],
    ['queue before compaction', number(queued.before)],
    ['queue after compaction', number(queued.after)],
    ['operations that travelled', instead((one) => one.sent.operations)],
    ['batches', instead((one) => one.sent.batches)],
    ['requests', instead((one) => one.sent.requests)],
    ['bytes, both ways', instead((one) => one.sent.bytes)],
    ['seconds until all was decided', `${ending.seconds.toFixed(1)} instead of ${plain.seconds.toFixed(1)}`],
    ['preflight', `${preflight.conflictRisk}, ${preflight.action}`],
    ...(['LOW', 'MEDIUM', 'HIGH'] as const).map((risk): Row => [
      `  ${risk}`,
      `${risky(risk).length} records: ${fieldsOf(risk)}`,
    ]),
    ['waited for a look', `${ending.attention} records; ${ending.takenBack} operations taken back`],
    ['reset', ending.resets.join(', ')],
    ['backup', `${number(backup.size)} operations, ${number(backup.bytes)} bytes`],
    ['  restored elsewhere', `${number(restored.queued)} queued, ${restored.deadLetters} dead letters`],
    ['conflicts answered', `${mine} by mine, ${theirs} by theirs, ${another} by another value`],
    ['dead letters', number(deadLetters.length)],
    ...[...accounts.counts].map(([name, { operations, folded }]): Row => [
      `fate: ${name}`,
      `${number(operations)}${folded > 0 ? `, ${number(folded)} of them folded into others` : ''}`,
    ]),
    ['archived', `${number(ending.removed)} decided operations are no longer kept`],
  ])
}

const lines = (rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')
}
