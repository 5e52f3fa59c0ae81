import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPrisma } from './database.ts'
import type { Check } from './story/stage.ts'
import { tellStory } from './story/story.ts'

const say = (line: string): void => console.log(line)

const onSqlite = async (): Promise<readonly Check[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-existing-server-'))
  try {
    return await tellStory(`file:${join(folder, 'server.db')}`, say)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** In a database of its own on that server. */
const onPostgresql = async (url: string): Promise<readonly Check[]> => {
  const name = `holdfast_existing_server_${randomBytes(6).toString('hex')}`
  const maintenance = openPrisma(url)
  await maintenance.$executeRawUnsafe(`CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = name
  try {
    return await tellStory(own.href, say)
  } finally {
    await maintenance.$executeRawUnsafe(`DROP DATABASE ${name} WITH (FORCE)`)
    await maintenance.$disconnect()
  }
}

const url = process.env['DATABASE_URL']
console.log(`An app that was there before, on ${url === undefined ? 'SQLite' : 'PostgreSQL'}.`)
const checks = await (url === undefined ? onSqlite() : onPostgresql(url))
console.log()
for (const { claim, holds, found } of checks) {
  console.log(`${holds ? 'holds ' : 'BROKEN'} ${claim}${holds ? '' : `: ${found}`}`)
  if (!holds) process.exitCode = 1
}
