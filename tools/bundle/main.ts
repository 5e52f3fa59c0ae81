import { budget, kilobytes, problemsOf, reportBundles } from './report.ts'

/** Prints what a page has to load for Holdfast, minified and gzipped, and which part takes how much of it. */
const report = await reportBundles()
const line = (name: string, bytes: number): void =>
  console.log(`${name.padEnd(24)} ${kilobytes(bytes).padStart(8)}`)

line('app with zod/mini', report.app.bytes)
for (const { name, bytes } of report.parts) line(`  ${name}`, bytes)
line('schema only', report.schemaOnly.bytes)
line('app with zod', report.withZod.app.bytes)
line('schema only with zod', report.withZod.schemaOnly.bytes)
line('budget', budget)
for (const problem of problemsOf(report)) {
  console.error(problem)
  process.exitCode = 1
}
