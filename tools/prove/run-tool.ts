import { run, type Finished } from '../run.ts'

/** Runs a command of this repository (`tools/<name>/main.ts`) from the sources, and keeps what it prints. */
export const runTool = (name: string, ...args: readonly string[]): Promise<Finished> =>
  run(process.execPath, ['--conditions=holdfast-source', `tools/${name}/main.ts`, ...args])
