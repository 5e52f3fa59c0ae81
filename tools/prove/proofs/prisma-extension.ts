import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  'Writes by Prisma Client with syncExtension leave marks for each row that they write.',
  'packages/server/test/mapped/extension',
)

export const proof: Proof = {
  title:
    'syncExtension: a thousand calls of Prisma Client, drawn with nested writes through every kind of relation, mark each row that triggers saw written, and do what they do without it, on SQLite and PostgreSQL; rollbacks take the marks along, and what can’t be followed is refused.',
  async run() {
    process.env['HOLDFAST_ROUNDS'] ??= '1000'
    return await tests.run()
  },
}
