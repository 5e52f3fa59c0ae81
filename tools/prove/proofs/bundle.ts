import { budget, kilobytes, problemsOf, reportBundles } from '../../bundle/report.ts'
import type { Proof } from '../proof.ts'

export const proof: Proof = {
  title: `What a page loads for schema, client, IndexedDB and tRPC fits in ${kilobytes(budget)}, minified and gzipped, where the schema is written with zod/mini.`,
  async run() {
    const report = await reportBundles()
    const problems = problemsOf(report)
    for (const problem of problems) console.error(problem)
    const parts = report.parts.map(({ name, bytes }) => `${name} ${kilobytes(bytes)}`)
    return {
      holds: problems.length === 0,
      figure: [
        `with zod/mini ${kilobytes(report.app.bytes)} (${parts.join(', ')}), the schema alone ${kilobytes(report.schemaOnly.bytes)}`,
        `with zod ${kilobytes(report.withZod.app.bytes)}, the schema alone ${kilobytes(report.withZod.schemaOnly.bytes)}`,
      ].join('; '),
    }
  },
}
