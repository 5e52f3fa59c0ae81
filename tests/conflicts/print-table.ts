import type { Fate } from '@holdfast/core'
import type { Author, Situation } from './situations.ts'
import { situations } from './situations.ts'
import type { Cell } from './run-table.ts'
import { subjects } from './subjects.ts'

/** The one who comes last: whose operation meets the others'. */
const lastOf = ({ fates }: Cell): Author => (fates.C.length > 0 ? 'C' : 'B')

const fateText = (fate: Fate | undefined): string => {
  switch (fate?.kind) {
    case 'applied':
      return fate.lost.length === 0
        ? 'merged'
        : `${fate.lost.map((field) => field.replace('$', '')).join(', ')} lost`
    case 'rejected':
      return fate.code
    case 'conflict':
      return 'asks'
    default:
      return fate?.kind ?? 'nothing'
  }
}

const valueText = (title: unknown): string => {
  const text = typeof title === 'string' ? title : JSON.stringify(title)
  return text.length > 24 ? `${text.slice(0, 21)}...` : text
}

/** What the last author's first operation ended as, and what A's device shows in the end. */
const outcomeOf = (cell: Cell): string => {
  const last = lastOf(cell)
  const asked = cell.asked[last]
  const fate =
    asked === undefined ? fateText(cell.fates[last][0]) : `asks: ${asked.join(', ').replace('$', '')}`
  const { A: shown } = cell.shown
  return shown === undefined ? `${fate}; deleted` : `${fate}; ${valueText(shown['title'])}`
}

/** The table as the documentation has it. */
export const printTable = (cells: readonly Cell[]): string => {
  const outcome = (title: string, situation: Situation): string => {
    const cell = cells.find((one) => one.subject.title === title && one.situation === situation)
    return cell === undefined ? '' : outcomeOf(cell).replaceAll('|', '\\|')
  }
  const rows = subjects.map(({ title }) => [
    title,
    ...situations.map((situation) => outcome(title, situation)),
  ])
  const head = ['', ...situations.map(({ title }) => title)]
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
