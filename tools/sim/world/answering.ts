import { hasCode } from '@holdfast/core'
import type { ConflictAnswer } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'
import type { Client } from './schema.ts'
import type { Sim } from './sim.ts'

interface Person {
  readonly sim: Sim
  readonly random: SeededRandom
}

/** Answers one open conflict, as a person would. */
export const resolveOne = async ({ sim, random }: Person, client: Client): Promise<void> => {
  const { counters, trace } = sim
  try {
    const open = await client.conflicts.list()
    if (open.length === 0) return
    if (open.length > 1 && sim.swarm.varied > 0 && random.chance(0.25)) {
      const ids = open.map(({ id }) => id)
      const resolved = await client.conflicts.resolveMany(ids, random.pick(['mine', 'theirs']))
      if (resolved.some(({ error }) => hasCode(error, 'LEASE_LOST'))) await askForLeases(sim, client)
      trace.note(`${ids.join()} are answered`)
      counters.add('several conflicts resolved at once')
      return
    }
    if (open.some(({ answered }) => answered)) counters.add('several questions about a transaction')
    const unanswered = open.filter(({ answered }) => !answered)
    const conflict = random.pick(unanswered.length === 0 ? open : unanswered)
    const answer = answerTo(random, conflict.collection)
    const receipt = await client.conflicts.resolve(conflict.id, answer)
    trace.note(`${conflict.id} is answered`)
    counters.add(
      typeof answer === 'object' ? 'conflict resolved with a patch' : `conflict resolved with ${answer}`,
    )
    if (receipt === undefined) counters.add('conflict resolved without an operation')
  } catch (error) {
    if (hasCode(error, 'STORAGE_CONFLICT')) counters.add('conflict answered too early')
    if (hasCode(error, 'LEASE_LOST')) await askForLeases(sim, client)
    const expected = [
      'STORAGE_CONFLICT',
      'STORAGE_FULL',
      'STORAGE_FAILED',
      'STORAGE_LOCKED',
      'NOT_FOUND',
      'CLOSED',
      'INVALID',
      'SCOPE_NOT_JOINED',
      'LEASE_LOST',
    ] as const
    if (!expected.some((code) => hasCode(error, code)))
      sim.guard(() => {
        throw error
      })
  }
}

/** What waits with a question is made again under the lease of that moment [SW17]: at the end somebody asks for it. */
const askForLeases = async (sim: Sim, client: Client): Promise<void> => {
  if (sim.isChaos()) return
  const all = await client.operations.list({ status: 'CONFLICT' }).catch(() => [])
  const waiting = all.filter(({ collection }) => collection === 'forms')
  for (const id of new Set(waiting.map(({ recordId }) => recordId)))
    await client.plugins.singleWriter.ask('forms', id).catch(() => undefined)
}

const answerTo = (random: SeededRandom, collection: string): ConflictAnswer => {
  const text = `r${random.between(0, 99)}x`
  const patches: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    tasks: { title: text },
    prices: { label: text },
    pages: { body: text },
    plans: { title: text },
    stocks: { name: text },
    sheets: { title: text },
    texts: { title: text },
  }
  const patch = patches[collection]
  return random.pick<ConflictAnswer>(['mine', 'theirs', ...(patch === undefined ? [] : [{ patch }])])
}
