import { globSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { run } from './run.ts'
import './prepare.ts'

/** Builds the packages and checks the types of tests, examples and tools; a folder still without code is skipped. */
const root = resolve(import.meta.dirname, '..')
const folders = globSync(
  ['packages/*/test', 'examples/*', 'tests', 'tools'].map((glob) => `${glob}/tsconfig.json`),
  { cwd: root },
)
  .map((file) => dirname(file))
  .filter((folder) => globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ['**/node_modules'] }).length > 0)

const { code } = await run('tsc', ['-b', '.', ...folders], { output: 'inherit' })
process.exitCode = code
