import { pullInput, pullOutput } from './pull.ts'
import { pushInput, pushOutput } from './push.ts'
import { resumeInput, resumeOutput } from './resume.ts'

/**
 * The wire, whole. Router, transport and test doubles derive from this table.
 * Unknown keys are ignored, so that a newer client meets an older server and the reverse.
 */
export const procedures = {
  push: { type: 'mutation', input: pushInput, output: pushOutput },
  pull: { type: 'query', input: pullInput, output: pullOutput },
  resume: { type: 'query', input: resumeInput, output: resumeOutput },
} as const

export type ProcedureName = keyof typeof procedures
