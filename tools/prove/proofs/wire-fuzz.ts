import { provenByTests, type Proof } from '../proof.ts'

const requests = 5_000

const byTests = provenByTests(
  `Each of the six procedures gets ${requests.toLocaleString('en')} requests on SQLite and a fifth of that on PostgreSQL, over HTTP: good ones, mutated ones, raw bytes, naughty strings and the cases of a JSON test suite. None is answered with 5xx or SERVER_FAILED, none breaks the protocol's schema or leaves a line in the log, and devices that come afterwards converge.`,
  'tests/hostile/fuzz.test.ts',
)

export const proof: Proof = {
  ...byTests,
  async run() {
    process.env['HOLDFAST_FUZZ_REQUESTS'] = `${requests}`
    return byTests.run()
  },
}
