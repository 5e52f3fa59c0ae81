import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { isHeaded } from './chromium/shown.ts'
import { run, type Output } from './run.ts'

export interface TestReport {
  readonly code: number
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly output: string
  /** Of the tests that passed, with the names of what they stand in. */
  readonly titles: readonly string[]
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
})

/** Where a person watches: one window after the other, and time to look. */
const headedArguments = ['--no-file-parallelism', `--testTimeout=${30 * 60_000}`]

/** Runs vitest once and counts; a file that could not even be loaded counts as one failure. */
export const runVitest = async (args: readonly string[], output: Output): Promise<TestReport> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-vitest-'))
  const file = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const watched = isHeaded(process.env) ? headedArguments : []
    const finished = await run('vitest', ['run', ...reporters, ...watched, ...args], { output })
    if (!existsSync(file)) return { ...finished, passed: 0, failed: 1, skipped: 0, titles: [] }
    const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    const unloadable = report.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    )
    return {
      ...finished,
      passed: report.numPassedTests,
      failed: report.numFailedTests + unloadable.length,
      skipped: report.numPendingTests + report.numTodoTests,
      titles: report.testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ status }) => status === 'passed')
        .map(({ fullName }) => fullName.trim()),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
