import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

// These commands insist on an engine file that they never run; any existing path will do, and needs no download.
if (/^(generate|validate|format)$/.test(process.argv[2] ?? '')) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(import.meta.url)
}

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:./dev.db' },
})
