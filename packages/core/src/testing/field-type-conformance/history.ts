import type { FieldState, FieldType } from '../../model/field-type.ts'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import { applyingOf, fold, makerOf, type FieldOperation, type FieldTypeContext, type Wishes } from './rule.ts'

const authors = ['a', 'b', 'c'] as const

/** A device with all that it made or heard of, in the order in which that came. */
export interface Replica {
  readonly author: string
  readonly operations: ReadonlyMap<string, FieldOperation>
  readonly state: FieldState
}

export const newReplica = (type: FieldType, author: string): Replica => ({
  author,
  operations: new Map(),
  state: type.empty,
})

/** Both sets of operations in one: an operation counts once, by its id. Those of `left` came first. */
export const merge = (type: FieldType, left: Replica, right: Replica): Replica => {
  const news = [...right.operations.values()].filter(({ id }) => !left.operations.has(id))
  return {
    ...left,
    operations: new Map([...left.operations.values(), ...news].map((one) => [one.id, one])),
    state: fold(type, news, left.state, left.operations.size),
  }
}

const latest = ({ operations }: Replica): number =>
  Math.max(0, ...[...operations.values()].map(({ timestamp }) => timestamp))

/** One more operation by this replica, on what it has; the same replica where the wish comes to nothing. */
export const wish = (
  type: FieldType,
  replica: Replica,
  wishes: Wishes,
  random: SeededRandom,
  baseVersion: number = replica.operations.size,
): Replica => {
  const id = `${replica.author}-${replica.operations.size}-${random.between(0, 999_999)}`
  const delta = type.prepare(replica.state, wishes(random, replica.state.value), makerOf(id, baseVersion))
  if (delta === undefined) return replica
  // A hybrid clock: later than all it has seen. Those of two devices may well be equal.
  const one = { id, author: replica.author, delta, timestamp: latest(replica) + random.between(1, 3) }
  const state = type.apply(replica.state, delta, applyingOf(one, replica.operations.size + 1, true))
  return { ...replica, operations: new Map([...replica.operations, [id, one]]), state }
}

/** Three devices that wrote, and heard of one another now and then. */
export const grow = (
  type: FieldType,
  { wishes, commutative }: Pick<FieldTypeContext, 'wishes' | 'commutative'>,
  random: SeededRandom,
  steps = 9,
): readonly Replica[] => {
  if (!commutative) return growInOrder(type, wishes, random, steps)
  const replicas: Replica[] = authors.map((author) => newReplica(type, author))
  for (let step = 0; step < steps; step += 1) {
    const at = random.between(0, replicas.length - 1)
    const from = random.between(0, replicas.length - 1)
    const [own, other] = [replicas[at], replicas[from]]
    if (own === undefined || other === undefined) continue
    replicas[at] =
      at !== from && random.chance(0.3) ? merge(type, own, other) : wish(type, own, wishes, random)
  }
  return replicas
}

/** The same through a server, which brings all operations into one order; each device is as of its last contact. */
const growInOrder = (
  type: FieldType,
  wishes: Wishes,
  random: SeededRandom,
  steps: number,
): readonly Replica[] => {
  let server = newReplica(type, 'server')
  const heard = new Map(authors.map((author) => [author, newReplica(type, author)]))
  for (let step = 0; step < steps; step += 1) {
    const author = random.pick(authors)
    const base = heard.get(author) ?? newReplica(type, author)
    let own = base
    for (let count = random.between(0, 2); count > 0; count -= 1)
      own = wish(type, own, wishes, random, base.operations.size)
    server = merge(type, server, own)
    heard.set(author, { ...server, author })
  }
  return [...heard.values()]
}

/** What some authors did at the same time, each on the same state. */
export interface Fork {
  readonly base: Replica
  readonly branches: readonly (readonly FieldOperation[])[]
}

export const fork = (type: FieldType, wishes: Wishes, random: SeededRandom): Fork => {
  let base = newReplica(type, 'base')
  for (let count = random.between(0, 3); count > 0; count -= 1) base = wish(type, base, wishes, random)
  const version = base.operations.size
  const branches = authors.map((author) => {
    let branch: Replica = { ...base, author }
    for (let count = random.between(1, 3); count > 0; count -= 1)
      branch = wish(type, branch, wishes, random, version)
    return [...branch.operations.values()].slice(version)
  })
  return { base, branches }
}

/** All operations in some order that keeps each author's. */
export const interleave = (
  branches: readonly (readonly FieldOperation[])[],
  random: SeededRandom,
): readonly FieldOperation[] => {
  const queues = branches.map((branch) => [...branch])
  const order: FieldOperation[] = []
  for (;;) {
    const open = queues.filter((queue) => queue.length > 0)
    if (open.length === 0) return order
    const next = random.pick(open).shift()
    if (next !== undefined) order.push(next)
  }
}

/** What three authors did at the same time, as the server takes it in one order and in another. */
export const inTwoOrders = (
  type: FieldType,
  wishes: Wishes,
  random: SeededRandom,
): readonly [FieldState, FieldState] => {
  const { base, branches } = fork(type, wishes, random)
  const inSomeOrder = (): FieldState =>
    fold(type, interleave(branches, random), base.state, base.operations.size)
  return [inSomeOrder(), inSomeOrder()]
}
