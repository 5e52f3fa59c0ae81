import type { Environment } from '@holdfast/core'

/** What a command has of its surroundings. */
export interface CommandContext {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly environment: Environment
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

/** 0: done; 1: failed, or found an error; 2: used wrongly. */
export type ExitCode = 0 | 1 | 2
