import { SyncError, type Portable } from '@holdfast/core'
import type { RecordData } from '@holdfast/core/protocol'
import type { Chain } from './chain.ts'
import type { MigrationStep, OperationContent } from './step.ts'

const own = <TMember>(
  members: Readonly<Record<string, TMember>> | undefined,
  name: string,
): TMember | undefined => (members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined)

const isObject = (value: unknown): value is Readonly<Record<string, Portable>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names the step and what it failed on. */
const within = <TResult>({ from, to }: MigrationStep, what: string, run: () => TResult): TResult => {
  try {
    return run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${what} from ${from} to ${to}: ${reason}`, { cause: error })
  }
}

/** @throws Error naming the step and the record */
export const bringUpRecord = (steps: Chain, collection: string, record: RecordData): RecordData =>
  steps.reduce((before, step) => {
    const migrate = own(step.records, collection)
    if (migrate === undefined) return before
    const id = typeof record['id'] === 'string' ? record['id'] : ''
    return within(step, `the record "${id}" of ${collection}`, () => {
      const after: unknown = migrate(before)
      if (!isObject(after) || after['id'] !== record['id'])
        throw new Error('the step must return the record, under its id')
      return after
    })
  }, record)

interface Target {
  readonly collection: string
  readonly recordId: string
}

/** @throws Error naming the step and the record */
export const bringUpOperation = (
  steps: Chain,
  { collection, recordId }: Target,
  operation: OperationContent,
): OperationContent =>
  steps.reduce((before, step) => {
    const migrate = own(step.operations, collection)
    const what = `the operation "${before.type}" on "${recordId}" of ${collection}`
    if (migrate === undefined) return asCreation(step, collection, before, what)
    return within(step, what, () => {
      const after: unknown = migrate({ ...before, recordId })
      if (!isObject(after) || typeof after['type'] !== 'string' || after['payload'] === undefined)
        throw new Error('the step must return a type and a payload')
      return { type: after['type'], payload: after['payload'] }
    })
  }, operation)

/** What a creation carries is the record, as far as its author wrote it. */
const asCreation = (
  step: MigrationStep,
  collection: string,
  operation: OperationContent,
  what: string,
): OperationContent => {
  const migrate = own(step.records, collection)
  const { type, payload } = operation
  if (migrate === undefined || type !== 'create' || !isObject(payload)) return operation
  return within(step, what, () => ({ type, payload: migrate(payload) }))
}

/** What only another server can help with: the operation waits, and nothing is lost. */
export const tooOld = (version: string, first: string): SyncError<'UPGRADE_REQUIRED'> =>
  new SyncError(
    'UPGRADE_REQUIRED',
    `Schema ${version} wrote this operation, and the server's migrations begin at ${first}; it is kept until they reach back.`,
    { side: 'server', supported: [] },
  )
