import { join } from 'node:path'
import { buildApp } from './build.ts'
import { startServer } from './src/server/server.ts'

/** Builds the app, serves it, and tells where. */
const folder = join(import.meta.dirname, 'dist')
await buildApp(folder)
const { url } = await startServer({
  folder,
  filename: process.env['FIELD_NOTES_DB'] ?? join(import.meta.dirname, 'field-notes.db'),
  port: Number(process.env['PORT'] ?? 4180),
})
console.log(`Field notes: ${url}`)
console.log(`Two devices side by side: ${url}/two`)
