import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { firstSeed } from './first-seed.ts'
import { runSeeds } from './pool.ts'
import { regressions } from './regressions.ts'
import { missingOf, reportOf } from './report.ts'

/** `pnpm sim --seeds 100 --seed 5 --cores 1`: runs seeds from `seed` on, after those that once failed. */
const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, cores: { type: 'string' } },
})

const wholeNumber = (option: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  console.error(`--${option} ${text} is not a whole number.`)
  process.exit(2)
}

const count = wholeNumber('seeds', values.seeds ?? '100')
const cores = wholeNumber('cores', values.cores ?? String(availableParallelism()))
const first = values.seed === undefined ? firstSeed() : wholeNumber('seed', values.seed)
const isReplay = count === 1 && values.seed !== undefined
const known = isReplay ? [] : regressions
const fresh = Array.from({ length: count }, (_, index) => first + index)

console.log(`seeds ${first} to ${first + count - 1}, and ${known.length} that once failed, on ${cores} cores`)
const start = performance.now()
const summary = await runSeeds([...new Set([...known, ...fresh])], cores)
console.log(reportOf(summary, (performance.now() - start) / 1_000))
if (summary.failures.length > 0 || missingOf(summary).length > 0) process.exitCode = 1
