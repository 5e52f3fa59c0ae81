import { spawn } from 'node:child_process'

export interface Finished {
  readonly code: number
  readonly output: string
}

/** `inherit` shows the output as it comes, `collect` keeps it for the caller */
export type Output = 'inherit' | 'collect'

interface RunOptions {
  readonly cwd?: string
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv
  readonly output?: Output
}

const root = `${import.meta.dirname}/..`

export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: options.output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let output = ''
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output })
    })
  })

export const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`
