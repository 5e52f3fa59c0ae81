import { Client } from 'pg'

/** Drops all databases of a server whose names begin with a prefix of letters, digits and underscores. */
export const dropDatabases = async (server: string, prefix: string): Promise<void> => {
  const client = new Client(server)
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    )
    for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  } finally {
    await client.end()
  }
}
