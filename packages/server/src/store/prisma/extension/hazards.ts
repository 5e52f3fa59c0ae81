import { isNamed, isOpen, reachOf, type World } from './reach.ts'
import type { ModelShape, Relation } from './relations.ts'
import { stepsIn, type Step } from './steps.ts'
import { isObject } from './values.ts'

/** How one place of the data uses a relation. */
interface Use {
  readonly path: string
  readonly relation: Relation
  readonly isAtRoot: boolean
  /** Whether it brings in rows that nothing names: they are found by the relation, once all is written. */
  readonly brings: boolean
  readonly adds: boolean
  /** Whether it may part rows that are related already, and whether it names them then. */
  readonly parts: 'none' | 'named' | 'any'
}

/**
 * The relation by which a write brings in rows without ids and then parts them again, in itself or by another place of its
 * data: nothing would tell that they were written. Undefined where there is none.
 */
export const hazardIn = (world: World, shape: ModelShape, data: readonly unknown[]): Relation | undefined => {
  const uses = usesIn(world, shape, { data, path: '' })
  return (
    uses.find(({ undoesItself }) => undoesItself)?.relation ??
    uses.find((use) => uses.some((other) => partsWhat(use, other)))?.relation
  )
}

const partsWhat = (use: Use, other: Use): boolean =>
  (use.brings ? other.parts !== 'none' : use.adds && other.parts === 'any') &&
  other.path !== use.path &&
  other.relation.link === use.relation.link &&
  // The row that the write begins with was there before.
  !(use.relation.kind !== 'owns' && other.relation.kind === 'owns' && other.isAtRoot)

interface Place {
  readonly data: readonly unknown[]
  readonly path: string
}

const usesIn = (
  world: World,
  shape: ModelShape,
  { data, path }: Place,
): readonly (Use & { readonly undoesItself: boolean })[] =>
  [...shape.relations.values()].flatMap((relation) => {
    const target = world.shapes.get(relation.model)
    const inOrder = data.map((part) => stepsIn(relation, part))
    const steps = inOrder.flat()
    const setsKey = data.some(
      (part) => isObject(part) && relation.holds.some((field) => part[field] !== undefined),
    )
    if (target === undefined || (steps.length === 0 && !setsKey)) return []
    const brings = (step: Step): boolean => bringsUnnamed(world, target, step)
    const names = (step: Step): boolean => isNamedIn(world, target, step)
    const here = `${path}.${relation.name}`
    const own = {
      path: here,
      relation,
      isAtRoot: path === '',
      brings: steps.some(brings),
      adds: steps.some(({ operation }) => adding.has(operation)),
      parts: partsOf(steps, {
        isAny: (step) => heldOperations.has(step.operation) && !names(step),
        isNamed: (step) => partsRows(relation, step),
        setsKey,
      }),
      undoesItself: inOrder.some((some) => undoes(relation, some, { brings, names })),
    }
    return [own, ...usesIn(world, target, { data: steps.flatMap((step) => step.data), path: here })]
  })

const adding: ReadonlySet<string> = new Set(['create', 'createMany', 'connect', 'connectOrCreate', 'upsert'])

const isNamedIn = (world: World, target: ModelShape, { names }: Step): boolean => {
  const tracked = world.tracked.get(target.name) ?? []
  return names?.every((row) => isNamed(tracked, row)) ?? false
}

const bringsUnnamed = (world: World, target: ModelShape, step: Step): boolean => {
  if (!adding.has(step.operation)) return false
  const isTracked = (world.tracked.get(target.name) ?? []).length > 0
  const isUnnamed = isTracked && step.writes && !isNamedIn(world, target, step)
  return isUnnamed || isOpen(reachOf(world, target, step.data).reaches)
}

interface Parting {
  readonly isAny: (step: Step) => boolean
  readonly isNamed: (step: Step) => boolean
  readonly setsKey: boolean
}

const partsOf = (steps: readonly Step[], { isAny, isNamed: isOne, setsKey }: Parting): Use['parts'] =>
  steps.some(isAny) ? 'any' : setsKey || steps.some(isOne) ? 'named' : 'none'

/** What is held to the rows that were seen before. */
const heldOperations: ReadonlySet<string> = new Set(['set', 'deleteMany', 'delete', 'disconnect'])

const partsRows = ({ kind }: Relation, { operation }: Step): boolean => {
  switch (kind) {
    case 'owns':
    case 'one':
      return operation !== 'update'
    case 'list':
      return !['create', 'createMany', 'update', 'updateMany', 'upsert'].includes(operation)
    case 'many':
      return ['set', 'disconnect', 'delete', 'deleteMany'].includes(operation)
  }
}

interface Judge {
  readonly brings: (step: Step) => boolean
  readonly names: (step: Step) => boolean
}

/** Rows that a step brings are parted by a later one, unless that names whom it parts. */
const undoes = ({ kind }: Relation, steps: readonly Step[], { brings, names }: Judge): boolean => {
  const first = steps.findIndex(brings)
  if (first < 0) return false
  return steps.slice(first + 1).some((step) => {
    if (kind === 'owns' || kind === 'one') return step.operation !== 'update'
    return ['set', 'deleteMany'].includes(step.operation) || (partsOne.has(step.operation) && !names(step))
  })
}

const partsOne: ReadonlySet<string> = new Set(['delete', 'disconnect'])
