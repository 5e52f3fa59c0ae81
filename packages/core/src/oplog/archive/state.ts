import type { Workspace } from '../../storage/workspace.ts'
import type { Decided } from '../../protocol/parts.ts'
import type { LogHead } from '../entries.ts'
import { jsonEntry } from '../json-entry.ts'
import { archiveKey } from '../keys.ts'
import type { Mark } from './marks.ts'
import { addNumbers, splitUnknown, type Ranges } from './numbers.ts'

/** What the archive of a scope knows besides the operations in it. */
export interface ArchiveState {
  readonly marks: readonly Mark[]
  /** The numbers of applied operations that were removed. */
  readonly gone: Ranges
  /** The newest pass that came to its end. */
  readonly passed?: Passed | undefined
  /** Raised by each removal: whoever counted before another tab's removal knows nothing any more. */
  readonly turn: number
}

export interface Passed {
  /** About how many operations of the scope had been decided, ever. */
  readonly decided: number
  /** What was stored by these revisions was too old, and not needed for sending it again. */
  readonly aged: number
  readonly spared: number
  /** How many it left. */
  readonly size: number
}

const entry = jsonEntry<ArchiveState>('archive')

export const archiveStateOf = (value: string | undefined): ArchiveState =>
  value === undefined ? { marks: [], gone: [], turn: 0 } : entry.decode(value)

/** `archiveKey` must have been read. */
export const archiveState = (workspace: Workspace, scope: string): ArchiveState =>
  archiveStateOf(workspace.value(archiveKey(scope)))

export const putArchiveState = (workspace: Workspace, scope: string, state: ArchiveState): void =>
  workspace.put(archiveKey(scope), entry.encode(state))

/** Once a device has had two client ids, nobody knows whose numbers they are. */
const hasOwnNumbers = ({ clientId }: LogHead): boolean => clientId === undefined

export const withGone = (state: ArchiveState, head: LogHead, numbers: readonly number[]): ArchiveState => ({
  ...state,
  gone: hasOwnNumbers(head) ? addNumbers(state.gone, numbers) : [],
})

/**
 * How many applied operations were removed here that the server, which lost its history, does not know: nobody has them
 * any more. Their numbers are given anew from here on. `archiveKey` must have been read.
 */
export const takeLostForGood = (
  workspace: Workspace,
  scope: string,
  head: LogHead,
  decided: Decided,
): number => {
  const state = archiveState(workspace, scope)
  if (state.gone.length === 0) return 0
  const { known, unknown } = splitUnknown(state.gone, decided)
  putArchiveState(workspace, scope, { ...state, gone: known })
  return hasOwnNumbers(head) ? unknown : 0
}
