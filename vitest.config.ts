import { defineConfig } from 'vitest/config'
import './tools/prepare.ts'

/** Sources, not built files, stand for the packages: a test run needs no build. */
const conditions = ['holdfast-source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'tests/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    globalSetup: ['tools/postgres/vitest-setup.ts', 'tools/redis/vitest-setup.ts'],
    pool: 'forks',
    restoreMocks: true,
    // A busy machine is slow, not wrong: this ends what hangs and measures nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
