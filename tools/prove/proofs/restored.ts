import { createSqliteDatabase, type TestDatabase } from '../../../packages/server/test/support/databases.ts'
import { postgresqlDatabases } from '../../../packages/server/test/support/postgresql-databases.ts'
import { forkDevice, rewindDevice } from '../../../tests/kills/restored/copies.ts'
import { restoreServer, type Noticed } from '../../../tests/kills/restored/restore-server.ts'
import { startPostgres } from '../../postgres/start-postgres.ts'
import { killSeed, showViolations } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const forgotten = 50

interface Case {
  readonly name: string
  readonly create: () => Promise<TestDatabase>
  readonly run: (database: TestDatabase, seed: string) => Promise<Noticed>
  /** What the devices are told, in the order in which they speak. */
  readonly told: readonly (string | undefined)[]
}

const setBack = (where: string, create: Case['create']): readonly Case[] =>
  [false, true].map((overtaken) => ({
    name: `${where} set back${overtaken ? ' and overtaken' : ''}`,
    create,
    run: (database, seed) => restoreServer({ database, seed, forgotten, overtaken }),
    told: Array.from({ length: 4 }, () => 'RESET_REQUIRED epoch_changed'),
  }))

const copied: readonly Case[] = [false, true].flatMap((running): readonly Case[] => {
  const how = running ? 'running' : 'closed'
  const create = createSqliteDatabase
  return [
    {
      name: `${how} device copied`,
      create,
      run: (database, seed) => forkDevice({ database, seed, running }),
      told: [undefined, 'forked'],
    },
    {
      name: `${how} device rewound`,
      create,
      run: (database, seed) => rewindDevice({ database, seed, running }),
      told: ['forked'],
    },
  ]
})

/** True where it holds, with what to tell of it. */
const runCase = async ({ name, create, run, told }: Case, seed: string) => {
  const database = await create()
  const { contacts, applied, kept, violations } = await run(database, seed)
  await database.close()
  showViolations(violations)
  const noticed = contacts.filter((contact, index) => contact.told === told[index]).length
  return {
    holds: violations.length === 0 && noticed === told.length && contacts.length === told.length,
    text: `${name}: ${noticed} of ${told.length} answers as due, ${applied} applied once, ${kept} kept`,
  }
}

export const proof: Proof = {
  title: `A server that forgot ${forgotten} acknowledged operations, a device copied or set back: told at first contact, nothing applied twice, nothing lost.`,
  async run() {
    await using postgres = await startPostgres()
    await using databases = postgresqlDatabases(postgres.url)
    const cases = [
      ...setBack('SQLite', createSqliteDatabase),
      ...setBack('PostgreSQL', databases.create),
      ...copied,
    ]
    const seed = killSeed()
    const results = []
    for (const one of cases) results.push(await runCase(one, seed))
    return {
      holds: results.every(({ holds }) => holds),
      figure: `Seed ${seed}. ${results.map(({ text }) => text).join('; ')}.`,
    }
  },
}
