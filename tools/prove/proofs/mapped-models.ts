import { provenByTests, type Proof } from '../proof.ts'

export const proof: Proof = provenByTests(
  'Collections live in the app’s own models: what devices write and what REST routes, admins and other processes write past the API meet in one row and one record; what the database refuses is the verdict of that operation alone; existing rows are adopted.',
  'packages/server/test/mapped',
  'tests/mapped',
)
