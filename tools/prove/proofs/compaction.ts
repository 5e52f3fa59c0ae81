import { provenByTests, type Proof } from '../proof.ts'

const runs = 400

const { title, run } = provenByTests(
  `Operations that were never sent are folded, and nobody can tell in the end: ${runs} random histories under each strategy, with and without; and over a real server.`,
  'packages/plugins/test/compaction',
  'packages/core/test/oplog/compaction',
  'tests/evidence/compaction.test.ts',
  'tests/evidence/compaction-pages.test.ts',
)

export const proof: Proof = {
  title,
  async run() {
    process.env['COMPACTION_RUNS'] ??= `${runs}`
    const { holds, figure } = await run()
    return { holds, figure: `${process.env['COMPACTION_RUNS']} histories each; ${figure}` }
  },
}
