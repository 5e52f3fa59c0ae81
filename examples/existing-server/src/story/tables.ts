import { readFileSync } from 'node:fs'
import { isPostgresql, openPrisma } from '../database.ts'

const statementsIn = (file: string): readonly string[] =>
  readFileSync(new URL(`../../prisma/${file}`, import.meta.url), 'utf8')
    .split(';\n')
    .filter((statement) => statement.trim() !== '')

/** The database of an app that has been there for a while: its tables, its teams and who is in them. */
export const foundDatabase = async (url: string): Promise<void> => {
  const prisma = openPrisma(url)
  for (const statement of statementsIn(`${isPostgresql(url) ? 'postgresql' : 'sqlite'}/tables.sql`))
    await prisma.$executeRawUnsafe(statement)
  await prisma.team.createMany({
    data: ['north', 'south'].map((id) => ({ id, name: id })),
  })
  await prisma.user.createMany({
    data: ['ada', 'ben', 'cyd'].map((id) => ({ id, name: id, token: `token-of-${id}` })),
  })
  await prisma.member.createMany({
    data: [
      { teamId: 'north', userId: 'ada', role: 'clerk' },
      { teamId: 'north', userId: 'ben', role: 'manager' },
      { teamId: 'south', userId: 'ben', role: 'manager' },
      { teamId: 'north', userId: 'cyd', role: 'viewer' },
    ],
  })
  await prisma.$disconnect()
}
