import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface Child {
  readonly lines: Interface
  readonly process: ChildProcessByStdio<null, Readable, null>
  readonly ended: Promise<void>
}

/** Runs a TypeScript file of `test/children/` in a Node of its own, on the sources. */
export const startChild = (file: string, ...args: readonly string[]): Child => {
  const path = new URL(`../children/${file}`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=holdfast-source', '--no-warnings', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  return { lines: createInterface({ input: child.stdout }), process: child, ended }
}

/** Reads lines until one satisfies, and answers with it. */
export const lineOf = ({ lines }: Child, satisfies: (line: string) => boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (satisfies(line)) resolve(line)
    })
    lines.once('close', () => reject(new Error('The child ended before.')))
  })
