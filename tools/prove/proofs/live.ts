import { provenByTests, type Proof } from '../proof.ts'

const longestMs = 1_000

const { title, run } = provenByTests(
  'Of one change 500 connected clients of one process are told, 99 of 100 within a second; connections that are cut at random 100 times cost no snapshot, and all devices have all; a change at one process reaches the devices of another, over PostgreSQL and over Redis.',
  'tests/evidence/live.test.ts',
  'packages/server/test/live',
  'packages/core/test/live',
)

export const proof: Proof = {
  title,
  async run() {
    const { holds, figure } = await run()
    const [, told = 'Infinity'] = /99 of 100 within (\d+) ms/.exec(figure) ?? []
    return { holds: holds && Number(told) < longestMs, figure }
  },
}
