import { liveEvent, liveInput } from './live.ts'
import { preflightInput, preflightOutput } from './preflight.ts'
import { pullInput, pullOutput } from './pull.ts'
import { pushInput, pushOutput } from './push.ts'
import { resumeInput, resumeOutput } from './resume.ts'
import { snapshotInput, snapshotOutput } from './snapshot.ts'

/**
 * The wire, whole. Router, transport and test doubles derive from this table.
 * Unknown keys are ignored, so that a newer client meets an older server and the reverse.
 */
export const procedures = {
  push: { type: 'mutation', input: pushInput, output: pushOutput },
  pull: { type: 'query', input: pullInput, output: pullOutput },
  // Changes nothing; but hundreds of entities are too long for the URL of a query.
  preflight: { type: 'mutation', input: preflightInput, output: preflightOutput },
  snapshot: { type: 'query', input: snapshotInput, output: snapshotOutput },
  resume: { type: 'query', input: resumeInput, output: resumeOutput },
  /** `output`: each event of the stream. */
  live: { type: 'subscription', input: liveInput, output: liveEvent },
} as const

/** Their answers alone, which is what a client has to check. */
export const outputs = {
  push: pushOutput,
  pull: pullOutput,
  preflight: preflightOutput,
  snapshot: snapshotOutput,
  resume: resumeOutput,
} as const

/** Those that answer once. */
export type ProcedureName = keyof typeof outputs
export type ProcedureType<TName extends ProcedureName> = (typeof procedures)[TName]['type']
