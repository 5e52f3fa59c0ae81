import { defineConfig } from 'vitest/config'
import './tools/prepare.ts'

/** Sources, not built files, stand for the packages: a test run needs no build. */
const conditions = ['holdfast-source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
    pool: 'forks',
    restoreMocks: true,
  },
})
