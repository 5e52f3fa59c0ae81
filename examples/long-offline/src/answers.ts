import type { ConflictAnswer, OpenConflict } from '@holdfast/core'
import type { Device } from './device.ts'
import type { Reckoning } from './reckoning.ts'

export interface Answers {
  /** How many questions there were, and what was said to them. */
  readonly questions: Readonly<Record<'mine' | 'theirs' | 'another', number>>
  /** Operations that carry an answer. */
  readonly operations: number
  /** The operations that waited for an answer. */
  readonly asked: ReadonlySet<string>
}

const kinds = ['mine', 'theirs', 'another'] as const

const answerFor = (kind: (typeof kinds)[number]): ConflictAnswer =>
  kind === 'another' ? { patch: { state: 'agreed' } } : kind

const stateBy = (kind: (typeof kinds)[number], { mine, theirs }: OpenConflict): string => {
  if (kind === 'another') return 'agreed'
  const state = (kind === 'mine' ? mine : theirs)?.['state']
  if (typeof state === 'string') return state
  throw new Error('Only states of sites are disputed.')
}

/** A person answers whatever there is to answer, until nothing is asked any more. */
export const answerAll = async (device: Device, reckoning: Reckoning): Promise<Answers> => {
  const asked = new Set<string>()
  const questions = { mine: 0, theirs: 0, another: 0 }
  let operations = 0
  for (let count = 0; ;) {
    const open = await device.client.conflicts.list()
    if (open.length === 0) return { questions, asked, operations }
    for (const conflict of open) {
      const kind = kinds[count % kinds.length] ?? 'mine'
      count += 1
      for (const id of conflict.operations) asked.add(id)
      questions[kind] += 1
      const state = stateBy(kind, conflict)
      const receipt = await device.client.conflicts.resolve(conflict.id, answerFor(kind))
      if (receipt !== undefined) operations += 1
      reckoning.site(conflict.recordId, () => ({ state }))
    }
    const { status } = await device.sync()
    if (status === 'attention') await device.client.confirm()
  }
}
