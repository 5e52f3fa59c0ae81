import { SyncError } from '@holdfast/core'
import { isNewerVersion } from '@holdfast/core/protocol'
import type { MigrationStep } from './step.ts'

/** The steps in order, each going on where the one before ends; at least one. */
export type Chain = readonly MigrationStep[]

const semver = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/

const refuse = (message: string): never => {
  throw new SyncError('MISCONFIGURED', `migrations: ${message}`, { option: 'migrations' })
}

const versions: ReadonlySet<string> = new Set(['from', 'to'])
const byCollection: ReadonlySet<string> = new Set(['records', 'operations'])

const areFunctions = (members: unknown): boolean =>
  typeof members === 'object' &&
  members !== null &&
  Object.values(members).every((member) => typeof member === 'function')

/** A misspelt member would bring nothing up, and nobody would hear of it. */
const checkStep = (step: unknown): void => {
  if (typeof step !== 'object' || step === null)
    return refuse('each step is an object, { from, to, records, operations }.')
  const given: readonly (readonly [string, unknown])[] = Object.entries(step)
  for (const [name, member] of given) {
    if (versions.has(name)) continue
    if (!byCollection.has(name)) refuse(`a step has no "${name}"; it has from, to, records and operations.`)
    if (member !== undefined && !areFunctions(member))
      refuse(`${name} of a step must be functions by collection, { todos: (todo) => ... }.`)
  }
}

const checkSteps = (given: unknown): void => {
  if (!Array.isArray(given)) return refuse('give a list of steps.')
  given.forEach(checkStep)
}

/** @throws SyncError MISCONFIGURED (what is no step, versions that are none, steps that lead nowhere or downward, gaps, circles) */
export const toChain = (given: readonly MigrationStep[]): Chain => {
  checkSteps(given)
  const [first] = given
  if (first === undefined) return refuse('name at least one step, { from, to, records, operations }.')
  let reached = first.from
  for (const { from, to } of given) {
    for (const version of [from, to]) if (!semver.test(version)) refuse(`"${version}" must look like 1.2.0.`)
    if (!isNewerVersion(to, from)) refuse(`the step from ${from} to ${to} does not lead upward.`)
    if (from !== reached)
      refuse(`after a step to ${reached} comes one from ${from}; each has to begin where the last one ends.`)
    reached = to
  }
  return [...given]
}

export const firstOf = (chain: Chain): string => chain[0]?.from ?? ''
const lastOf = (chain: Chain): string => chain.at(-1)?.to ?? ''

/** @throws SyncError MISCONFIGURED where the chain does not end at the schema's version */
export const checkEnd = (chain: Chain, version: string): void => {
  const last = lastOf(chain)
  if (last === version) return
  const advice = isNewerVersion(version, last)
    ? `Say what becomes of ${last}, be it nothing: { from: '${last}', to: '${version}' }.`
    : 'Raise the version of the schema.'
  refuse(`the steps end at ${last}, the schema is ${version}. ${advice}`)
}

/**
 * The steps that lead from one version to another. A version between the ends of a step has the shape of its lower
 * end. Undefined: the first is older than all steps.
 */
export const stepsBetween = (chain: Chain, from: string, to: string): Chain | undefined => {
  if (isNewerVersion(firstOf(chain), from)) return undefined
  return chain.filter((step) => isNewerVersion(step.to, from) && !isNewerVersion(step.to, to))
}
