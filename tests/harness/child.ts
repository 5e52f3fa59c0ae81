import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Child {
  /** The lines that it has printed so far. */
  readonly lines: readonly string[]
  /** Resolves once it has printed this line. */
  readonly printed: (line: string) => Promise<void>
  /** `kill -9`; resolves once it is gone. */
  readonly kill: () => Promise<void>
}

/** Runs a TypeScript file of `tests/children/` in a Node of its own, on the sources. */
export const startChild = (file: string, ...args: readonly string[]): Child => {
  const path = new URL(`../children/${file}`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=holdfast-source', '--no-warnings', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  return {
    lines,
    printed: (line) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (lines.includes(line)) resolve()
        }
        reader.on('line', look)
        reader.once('close', () => reject(new Error(`The child ended before it printed ${line}.`)))
        look()
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
