import { serverStoreRules } from '@holdfast/server/testing'
import { runVitest } from '../../vitest.ts'
import type { Proof } from '../proof.ts'

const places = ['memory', 'Prisma on SQLite', 'Prisma on PostgreSQL']
const files = ['conformance', 'broken'].map((name) => `packages/server/test/store/${name}.test.ts`)

export const proof: Proof = {
  title: 'One kit holds every server store to the same rules, and broken stores fail it.',
  async run() {
    const { code, failed, output, titles } = await runVitest(files, 'collect')
    if (code !== 0) console.error(output)
    const cases = places.map((place) => titles.filter((title) => title.startsWith(`${place} [SS`)).length)
    const broken = titles.filter((title) =>
      /^a store that breaks (?!nothing).* fails the kit$/.test(title),
    ).length
    const isEqual = cases.every((count) => count === serverStoreRules.length)
    return {
      holds: code === 0 && failed === 0 && isEqual && broken >= 3,
      figure: `${places.map((place, index) => `${place}: ${cases[index]} cases`).join(', ')}; ${broken} broken stores fail it`,
    }
  },
}
