import type { AnyCollection, OpenConflict, SyncClient } from '@holdfast/core'

/** Takes one sentence of a story. */
export type Say = (line: string) => void

type WithConflicts = Pick<SyncClient<Readonly<Record<string, AnyCollection>>>, 'conflicts'>

/** @throws Error unless this device asks exactly one question */
export const theQuestion = async ({ conflicts }: WithConflicts): Promise<OpenConflict> => {
  const [question, ...others] = await conflicts.list()
  if (question !== undefined && others.length === 0) return question
  throw new Error(`There should be one question, and there are ${others.length + (question ? 1 : 0)}.`)
}

/** How many questions are open on all devices. */
export const countQuestions = async (devices: readonly WithConflicts[]): Promise<number> => {
  const lists = await Promise.all(devices.map(({ conflicts }) => conflicts.list()))
  return lists.flat().length
}
