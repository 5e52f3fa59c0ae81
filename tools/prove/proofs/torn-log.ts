import { provenByTests } from '../proof.ts'

export const proof = provenByTests(
  "Half a record at the end of Chromium's log, as one of a hundred kills leaves it, costs nothing: each start has it begin another log.",
  'packages/storage-adapters/test/indexeddb-crash.test.ts',
  '-t',
  'IX11',
)
