import { run } from '../run.ts'
import { runVitest } from '../vitest.ts'

/** One line of evidence: a claim that a command can show again at any time. */
export interface Proof {
  /** the claim, one sentence */
  readonly title: string
  run(): Promise<Evidence>
}

export interface Evidence {
  readonly holds: boolean
  /** what was measured, short enough for one line */
  readonly figure: string
}

/** What tests print as `figure: ...` (see tests/harness/figure.ts). */
const figuresIn = (output: string): readonly string[] =>
  [...output.matchAll(/^figure: (.+)$/gm)].map(([, text = '']) => text)

/** A proof by test files; `filters` are passed to vitest as they are. */
export const provenByTests = (title: string, ...filters: readonly string[]): Proof => ({
  title,
  async run() {
    const { code, passed, failed, output } = await runVitest(filters, 'collect')
    if (code !== 0) console.error(output)
    const figures = [`${passed} tests passed, ${failed} failed`, ...figuresIn(output)]
    return { holds: code === 0 && passed > 0, figure: figures.join('; ') }
  },
})

/** A proof by an example that prints `holds ...` or `BROKEN ...` for each of its claims, and by tests of it. */
export const provenByExample = (title: string, main: string, ...filters: readonly string[]): Proof => ({
  title,
  async run() {
    const told = await run(process.execPath, ['--conditions=holdfast-source', main], { output: 'collect' })
    console.log(told.output.trim())
    const tested = await provenByTests(title, ...filters).run()
    const held = told.output.split('\n').filter((line) => line.startsWith('holds ')).length
    return {
      holds: told.code === 0 && held > 0 && !told.output.includes('BROKEN') && tested.holds,
      figure: `the demo ended ${told.code} with ${held} claims verified; ${tested.figure}`,
    }
  },
})
