import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '@holdfast/core/storage'

export const put = async (database: Database, key: string, value: string): Promise<number> => {
  const { revision } = await database.commit({ expect: [], writes: [{ key, value }] })
  return revision
}

export const valuesIn = async (database: Database): Promise<readonly string[]> => {
  const [entries] = await database.read([{ scan: '' }])
  return entries.map(({ key, value, revision }) => `${key}=${value}@${revision}`)
}

/** The one log file of a folder with one database. */
export const logIn = (folder: string): string => {
  const [file, ...others] = readdirSync(folder).filter((name) => name.endsWith('.log'))
  if (file === undefined || others.length > 0) throw new Error('There is not exactly one log.')
  return join(folder, file)
}
