import { expect, test } from 'vitest'
import { measure } from '../../tools/bundle/measure.ts'
import { kilobytes } from '../../tools/bundle/report.ts'
import { figure } from '../harness/figure.ts'

const inspector = /plugins\/src\/inspector(?:\.ts|\/)/
const small = /plugins\/src\/inspect(?:able\.ts|or\/inspectable\.ts)$/

test('[IN10] an app without an inspector has nothing of it, one that may ask for it only the small plugin at first', async () => {
  const [without, withIt] = [await measure('app'), await measure('app-with-inspector')]
  const strangers = (modules: readonly string[]) =>
    modules.filter((path) => inspector.test(path) && !small.test(path))
  expect(without.modules.filter((path) => path.includes('/plugins/'))).toEqual([])
  expect(withIt.first.modules.filter((path) => small.test(path))).toHaveLength(1)
  expect(strangers(withIt.first.modules)).toEqual([])
  expect(strangers(withIt.modules).length).toBeGreaterThan(10)

  // Most of it is what a bundler needs to load the rest later.
  const atFirst = withIt.first.bytes - without.bytes
  expect(atFirst).toBeLessThan(3_000)
  figure(
    `what an app loads at first for an inspector is ${kilobytes(atFirst)}, the inspector ${kilobytes(withIt.bytes - withIt.first.bytes)} once it is asked for`,
  )
})
