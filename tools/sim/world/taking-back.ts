import { hasCode, type ErrorCode, type Operation } from '@holdfast/core'
import type { LocalOperation } from '../checks/local-entries.ts'
import { joinedMirrors } from '../checks/mirror.ts'
import type { Actors } from './actors.ts'
import { poison } from './schema.ts'
import type { Tab } from './tab.ts'

const always: readonly ErrorCode[] = [
  'STORAGE_FULL',
  'STORAGE_FAILED',
  'STORAGE_LOCKED',
  'CLOSED',
  'NOT_FOUND',
]

const unexpected = ({ sim }: Actors, error: unknown, ...expected: readonly ErrorCode[]): void => {
  if ([...always, ...expected].some((code) => hasCode(error, code))) return
  sim.guard(() => {
    throw error
  })
}

/** Somebody takes back what was written last, or before. Records of lone writers must come through: not those. */
export const cancelOne = async (actors: Actors, { device, client }: Tab): Promise<void> => {
  const { sim, random } = actors
  const undecided = joinedMirrors(device.mirror).flatMap(({ queue, held, operations }) =>
    [...queue.keys(), ...held.keys()].flatMap((localSeq): readonly LocalOperation[] => {
      const operation = operations.get(localSeq)
      return operation === undefined || isWithSolos(operations, operation) ? [] : [operation]
    }),
  )
  if (undecided.length === 0) return
  // What others build on, now and then.
  const unsent = undecided.filter(({ status, type }) => status === 'PENDING' && type === 'create')
  const { id, status, transaction } = random.pick(
    unsent.length > 0 && random.chance(0.5) ? unsent : undecided,
  )
  sim.takenBack.add(transaction?.id ?? id)
  try {
    await client()?.operations.cancel(id)
    sim.counters.add(status === 'PENDING' ? 'cancelled before it was sent' : 'cancelled after it was sent')
    sim.trace.note(`${id.slice(-4)} is taken back`)
  } catch (error) {
    // Another tab may have left its scope meanwhile.
    unexpected(actors, error, 'INVALID', 'SCOPE_NOT_JOINED')
  }
}

const isWithSolos = (
  operations: ReadonlyMap<number, LocalOperation>,
  { collection, type, transaction }: LocalOperation,
): boolean =>
  collection === 'solos' ||
  // Its guess is shown in parts, where an account that it names is taken back.
  (collection === 'accounts' && type === 'create') ||
  (transaction !== undefined &&
    [...operations.values()].some(
      (other) => other.transaction?.id === transaction.id && other.collection === 'solos',
    ))

/** Somebody looks after a dead letter. */
export const settleLetter = async (actors: Actors, tab: Tab): Promise<void> => {
  const { sim, random } = actors
  const client = tab.client()
  if (client === undefined) return
  try {
    const letters = await client.deadLetters.list()
    if (letters.length === 0) return
    const letter = random.pick(letters)
    if (random.chance(0.35)) {
      await client.deadLetters.discard(letter.id)
      sim.counters.add('dead letter discarded')
      return
    }
    const edited = random.chance(0.7) ? editOf(letter) : undefined
    const before = letters.length
    await client.deadLetters.retry(letter.id, edited)
    sim.counters.add(edited === undefined ? 'dead letter retried' : 'dead letter retried with an edit')
    const after = (await client.deadLetters.list()).length
    if (before - after > 1) sim.counters.add('dead letters retried together')
  } catch (error) {
    unexpected(actors, error, 'INVALID', 'QUEUE_FULL', 'TOO_LARGE', 'SCOPE_NOT_JOINED', 'LEASE_LOST')
  }
}

/** What was given, without the poison in it. */
const editOf = ({ payload }: Operation): unknown => {
  const text = payload.replaceAll(poison, 'edited')
  return text === payload ? undefined : (JSON.parse(text) as unknown)
}

/** Something is written and taken back before any of it is sent. */
export const takeBackUnsent = (actors: Actors, tab: Tab): void => {
  const client = tab.client()
  if (client === undefined) return
  client.pause()
  actors.writes.family(tab)
  tab.process.after(40, 'app takes back', () => void cancelOne(actors, tab))
  tab.process.after(200, 'app starts', () => {
    tab.requests.onAsked()
    client.start()
  })
}
