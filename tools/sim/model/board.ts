import { canonical, textOf, type Data } from './values.ts'

/** Views of the tasks that `board` of the schema asks for, told once more: by an index, and without one. */
export const boardName = 'the board of tasks'
export const openName = 'the number of open tasks'

const byPriority = (left: Data, right: Data): number =>
  Number(right['priority']) - Number(left['priority']) || (textOf(left['id']) < textOf(right['id']) ? -1 : 1)

const isOpen = (task: Data): boolean => task['done'] === false

export const textOfBoard = (records: readonly Data[]): string => records.map(canonical).join('\n')

/** Nothing to see has no text, as a list without records. */
export const textOfCount = (count: number): string => (count === 0 ? '' : String(count))

/** What the views show of these tasks. */
export const boardOf = (tasks: readonly Data[]): { readonly board: string; readonly open: string } => {
  const open = tasks.filter(isOpen).toSorted(byPriority)
  return { board: textOfBoard(open.slice(0, 2)), open: textOfCount(open.length) }
}
