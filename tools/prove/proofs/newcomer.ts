import { provenByTests } from '../proof.ts'

export const proof = provenByTests(
  'The README’s section "Add sync to your Express server", followed word by word in an empty folder from packed tarballs, ends with a device that syncs the newcomer’s own model.',
  'tests/newcomer',
)
