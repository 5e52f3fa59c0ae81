import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import './tools/prepare.ts'
import { WholeFirst } from './tools/whole-first.ts'

/** Sources, not built files, stand for the packages: a test run needs no build. */
const conditions = ['holdfast-source', 'module', 'node', 'development|production']

const include = [
  'packages/*/test/**/*.test.ts',
  'examples/*/test/**/*.test.ts',
  'tests/**/*.test.ts',
  'tools/**/*.test.ts',
]

/** They put something else in the place of a module (`vi.mock`), which must not have been loaded before. */
const alone = ['packages/server/test/hostile/hygiene.test.ts', 'tests/evidence/live-queries.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ['tools/postgres/vitest-setup.ts', 'tools/redis/vitest-setup.ts'],
    pool: 'forks',
    // By default a core is left to vitest itself, which has next to nothing to do: of two cores one.
    maxWorkers: '100%',
    sequence: { sequencer: WholeFirst },
    // A process that a test starts finds compiled what one before it has loaded: half of what a start takes.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/holdfast/compiled') },
    restoreMocks: true,
    // A busy machine is slow, not wrong: this ends what hangs and measures nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      // Files that follow each other in a process find the modules loaded: loading them took most of the time.
      { extends: true, test: { name: 'shared', include, exclude: alone, isolate: false } },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
})
