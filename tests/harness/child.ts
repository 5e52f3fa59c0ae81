import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Child extends AsyncDisposable {
  /** The lines that it has printed so far. */
  readonly lines: readonly string[]
  /** Called with each line that it prints from now on. */
  readonly onLine: (listener: (line: string) => void) => void
  /** Resolves once it has printed this line. */
  readonly printed: (line: string) => Promise<void>
  /** Resolves to the first line that it printed. */
  readonly firstLine: () => Promise<string>
  /** Writes a line to its standard input. */
  readonly say: (line: string) => void
  /** Resolves when it has ended, by itself or not, and all that it printed is here. */
  readonly ended: Promise<void>
  /**
   * `kill -9`; resolves once it is gone, and all that it printed is here.
   * @throws where it had ended by itself
   */
  readonly kill: () => Promise<void>
}

/** What Node makes of the sources, kept from one process to the next. */
const compileCache = `${import.meta.dirname}/../../node_modules/.cache/holdfast/compiled`

/** Runs a TypeScript file in a Node of its own, on the sources. */
export const spawnChild = (path: string, ...args: readonly string[]): Child => {
  const child = spawn(process.execPath, ['--conditions=holdfast-source', '--no-warnings', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  // A process that was killed reads nothing more.
  child.stdin.on('error', () => undefined)
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  const found = <TFound>(look: () => TFound | undefined, what: string): Promise<TFound> =>
    new Promise((resolve, reject) => {
      const again = (): void => {
        const value = look()
        if (value !== undefined) resolve(value)
      }
      reader.on('line', again)
      reader.once('close', () => reject(new Error(`The child ended before it printed ${what}.`)))
      again()
    })
  return {
    lines,
    onLine: (listener) => void reader.on('line', listener),
    printed: async (line) => void (await found(() => lines.find((one) => one === line), line)),
    firstLine: () => found(() => lines[0], 'anything'),
    ended,
    say: (line) => void child.stdin.write(`${line}\n`),
    async kill() {
      const wasAlive = child.kill('SIGKILL')
      await ended
      if (!wasAlive) throw new Error(`The child ended by itself, with ${child.exitCode}.`)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Runs a file of `tests/children/`. */
export const startChild = (file: string, ...args: readonly string[]): Child =>
  spawnChild(new URL(`../children/${file}`, import.meta.url).pathname, ...args)
