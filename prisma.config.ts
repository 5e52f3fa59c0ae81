import { fileURLToPath } from 'node:url'

// These commands insist on an engine file that they never run; any existing path will do, and needs no download.
if (/^(generate|validate|format)$/.test(process.argv[2] ?? '')) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(import.meta.url)
}

/** For every package of the repository: `prisma <command> --config ../../prisma.config.ts --schema <file>`. */
export default {
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:./dev.db' },
}
