import { BasicIndex, createCollection, type Collection } from '@tanstack/db'
import type { RecordOf } from '@holdfast/core'
import { holdfastCollection } from '@holdfast/plugins/tanstack-db'
import type { TestClient } from '../../../core/test/support/client.ts'
import type { Collections } from '../../../core/test/support/schema.ts'

export type Task = RecordOf<Collections['tasks']>

export const task = (id: string, title: string, votes = 0): Task => ({
  id,
  title,
  text: '',
  done: false,
  votes,
})

/** The collection of a device as TanStack DB has it, once it is ready. */
export const tanstack = async <TName extends keyof Collections>(
  { client }: Pick<TestClient, 'client'>,
  collection: TName,
): Promise<Collection<RecordOf<Collections[TName]>, string>> => {
  const opened = createCollection(
    holdfastCollection({ client, collection, autoIndex: 'eager', defaultIndexType: BasicIndex }),
  )
  await opened.preload()
  return opened
}

export const titles = (rows: Iterable<{ readonly title: string }>): readonly string[] =>
  [...rows].map(({ title }) => title).toSorted()

/** What a collection tells, one line a change, beginning with what is there. */
export const watchTitles = (
  collection: Pick<Collection<Task, string>, 'subscribeChanges'>,
): readonly string[] => {
  const lines: string[] = []
  collection.subscribeChanges(
    (changes) => {
      for (const { type, value } of changes) lines.push(`${type} ${value.title}`)
    },
    { includeInitialState: true },
  )
  return lines
}
