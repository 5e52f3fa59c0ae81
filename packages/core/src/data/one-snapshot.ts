import { indexName, type IndexFields } from '../model/indexes.ts'
import { readyIndexes } from '../oplog/index-registry.ts'
import { indexesKey, logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { Entry, ReadRequest } from '../storage/contract.ts'
import type { Store } from '../storage/store.ts'
import type { Answer, Reading } from './reading.ts'

/** What a reading starts from. */
export interface Ground {
  readonly scopes: readonly string[]
  /** The collection's indexes that are complete, by scope. */
  readonly indexes: ReadonlyMap<string, readonly IndexFields[]>
  /** Scopes in which staged rows count: those of a generation that is being folded. */
  readonly folding: ReadonlySet<string>
  /** Everything has to be asked for at once: others write without a pause, or rows take their places unnoticed. */
  readonly inOneRound: boolean
}

export interface Snapshot<TResult> {
  readonly result: TResult
  /** The revision of each scope's log up to which the result has everything. */
  readonly positions: ReadonlyMap<string, number>
}

/** Reads a collection as it is at one moment, however many rounds that takes. */
export type ReadSnapshot = <TResult>(
  begin: (ground: Ground) => Reading<TResult>,
) => Promise<Snapshot<TResult>>

export interface SnapshotOptions {
  readonly store: Store
  readonly collection: string
  readonly scopes: () => readonly string[]
  /** Those that the schema declares: most likely they are complete. */
  readonly declared: readonly IndexFields[]
}

/** So often others may move what is being read before it is read in one round, which nobody can come between. */
const mostAttempts = 6

/**
 * The one place where records are read for the app. A reading of several rounds has seen one state if no scope's log
 * moved between them; where one did, it begins again, and its first round asks for all that was asked for before.
 * While a generation is folded its rows take their places without the log: then all is read in one round.
 */
export const createSnapshotReader = ({
  store,
  collection,
  scopes,
  declared,
}: SnapshotOptions): ReadSnapshot => {
  /** What the next reading reckons with: as it was the last time. */
  let latest: Pick<Heads, 'names' | 'indexes' | 'folding'> | undefined

  const readRound: ReadRound = async (names, requests) => {
    const heads = names.flatMap((scope) => [{ get: logKey(scope) }, { get: indexesKey(scope) }])
    const answers: readonly Answer[] = await store.read([...heads, ...requests])
    const read = toHeads(names, answers.slice(0, heads.length) as readonly (Entry | undefined)[], collection)
    latest = read
    return { heads: read, answers: answers.slice(heads.length) }
  }

  const toGround = (names: readonly string[], isHurried: boolean): Ground => {
    const known = latest !== undefined && areSame(latest.names, names) ? latest : undefined
    const folding = known?.folding ?? nobody
    const inOneRound = isHurried || folding.size > 0
    const usable = known?.indexes ?? new Map(names.map((scope) => [scope, declared]))
    return { scopes: names, indexes: inOneRound ? none : usable, folding, inOneRound }
  }

  return async (begin) => {
    let names = scopes()
    let asked: readonly ReadRequest[] = []
    for (let count = 1; ; count += 1) {
      const ground = toGround(names, count > mostAttempts)
      const prefetch = ground.inOneRound ? [] : asked
      const outcome = await attempt({ readRound, ground, prefetch }, begin(ground))
      if (outcome.kind === 'read') return outcome
      asked = outcome.asked
      const { left } = outcome
      if (left.length > 0) names = names.filter((name) => !left.includes(name))
    }
  }
}

const areSame = (left: readonly string[], right: readonly string[]): boolean =>
  left === right || (left.length === right.length && left.every((name, index) => name === right[index]))

const none: Ground['indexes'] = new Map()
const nobody: Ground['folding'] = new Set()

/** What every round reads along. */
interface Heads {
  /** Those that another tab has left: what is still there of them is on its way out. */
  readonly left: readonly string[]
  readonly names: readonly string[]
  readonly folding: ReadonlySet<string>
  readonly positions: ReadonlyMap<string, number>
  readonly indexes: ReadonlyMap<string, readonly IndexFields[]>
}

type ReadRound = (
  names: readonly string[],
  requests: readonly ReadRequest[],
) => Promise<{ readonly heads: Heads; readonly answers: readonly Answer[] }>

interface Attempt {
  readonly readRound: ReadRound
  readonly ground: Ground
  /** What the attempt before asked for. */
  readonly prefetch: readonly ReadRequest[]
}

type Outcome<TResult> =
  | ({ readonly kind: 'read' } & Snapshot<TResult>)
  | { readonly kind: 'moved'; readonly asked: readonly ReadRequest[]; readonly left: readonly string[] }

const attempt = async <TResult>(
  { readRound, ground, prefetch }: Attempt,
  reading: Reading<TResult>,
): Promise<Outcome<TResult>> => {
  const known = new Map<string, Answer>()
  let asked: readonly ReadRequest[] = []
  let heads: Heads | undefined

  /** False where it is another state than that of the rounds before. */
  const learn = async (requests: readonly ReadRequest[]): Promise<boolean> => {
    const missing = new Map(requests.map((request) => [nameOf(request), request]))
    for (const name of known.keys()) missing.delete(name)
    if (missing.size === 0 && heads !== undefined) return true
    const round = await readRound(ground.scopes, [...missing.values()])
    const before = heads ?? round.heads
    heads = round.heads
    ;[...missing.keys()].forEach((name, index) => known.set(name, round.answers[index]))
    return ground.inOneRound || samePositions(before, heads)
  }

  let answers: readonly Answer[] = []
  for (;;) {
    const step = reading.next(answers)
    const requests = step.done === true ? [] : step.value
    asked = [...asked, ...requests]
    const isSame = await learn(heads === undefined ? [...prefetch, ...requests] : requests)
    const left = heads?.left ?? []
    if (heads === undefined || left.length > 0) return { kind: 'moved', asked: [], left }
    if (!isFoldedAs(heads, ground)) return { kind: 'moved', asked: [], left }
    if (!hasIndexes(heads, ground)) return { kind: 'moved', asked: [], left }
    if (!isSame) return { kind: 'moved', asked, left }
    if (step.done === true) return { kind: 'read', result: step.value, positions: heads.positions }
    answers = requests.map((request) => known.get(nameOf(request)))
  }
}

/** Keys begin with a letter, and so with no brace. */
const nameOf = (request: ReadRequest): string => ('get' in request ? request.get : JSON.stringify(request))

const toHeads = (
  names: readonly string[],
  answers: readonly (Entry | undefined)[],
  collection: string,
): Heads => {
  const logs = names.map((_, index) => logHeadOf(answers[2 * index]?.value))
  return {
    left: names.filter((_, index) => logs[index]?.left === true),
    names,
    folding: new Set(names.filter((_, index) => logs[index]?.folding !== undefined)),
    positions: new Map(names.map((scope, index) => [scope, answers[2 * index]?.revision ?? 0])),
    indexes: new Map(
      names.map((scope, index) => [scope, readyIndexes(answers[2 * index + 1]?.value, collection)]),
    ),
  }
}

const samePositions = (left: Heads, right: Heads): boolean =>
  left.names.every((scope) => left.positions.get(scope) === right.positions.get(scope))

/** Staged rows count where the reading reckoned with that, and nowhere else. */
const isFoldedAs = ({ folding }: Heads, ground: Ground): boolean =>
  ground.scopes.every((scope) => folding.has(scope) === ground.folding.has(scope))

/** Others may have come: what was read without them is right all the same. */
const hasIndexes = ({ indexes }: Heads, ground: Ground): boolean =>
  ground.scopes.every((scope) => {
    const ready = new Set(indexes.get(scope)?.map(indexName))
    return (ground.indexes.get(scope) ?? []).every((fields) => ready.has(indexName(fields)))
  })
