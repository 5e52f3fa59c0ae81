import { openWasmBrowser } from '../../../packages/storage-adapters/test/support/sqlite-wasm.ts'
import { bundleScript } from '../../../tools/chromium/bundle-script.ts'
import { sqlitePlace } from '../../../tools/sim/stores/sqlite-place.ts'
import { runWorld } from '../../../tools/sim/world/run-world.ts'
import type { SeedInBrowser } from './seed-in-browser.ts'

export interface Comparison {
  readonly seeds: number
  /** Whose traces in Node and in the browser are the same, event by event. */
  readonly same: number
  readonly events: number
  /** Files on OPFS. */
  readonly databases: number
  /** What differs, and what breaks a promise. */
  readonly findings: readonly string[]
}

/** What is wrong with a world in the browser, if anything is. */
export const findingsOf = (
  seed: number,
  { hash, violation }: Pick<SeedInBrowser, 'hash' | 'violation'>,
  node: { readonly hash: string },
): readonly string[] => [
  ...(hash === node.hash ? [] : [`seed ${seed} differs: ${hash} in Chromium, ${node.hash} in Node`]),
  ...(violation === undefined ? [] : [`seed ${seed} breaks a promise: ${violation}`]),
]

const standIns = Object.fromEntries(
  ['crypto', 'perf-hooks'].map((name) => [
    `node:${name.replace('-', '_')}`,
    `${import.meta.dirname}/stand-ins/node-${name}.ts`,
  ]),
)

/**
 * Runs each seed in Chromium over SQLite WASM on OPFS, and in Node over SQLite, and compares their traces. Memory may bring
 * another thing of one instant first (seed 169587405).
 */
export const compareSeeds = async (seeds: readonly number[]): Promise<Comparison> => {
  const script = (file: string): Promise<string> => bundleScript(`${import.meta.dirname}/${file}`, standIns)
  await using device = await openWasmBrowser({
    page: await script('sim-page.ts'),
    worker: await script('sim-worker.ts'),
  })
  const page = await device.context.newPage()
  await page.goto(device.url)
  let [same, events, databases] = [0, 0, 0]
  const findings: string[] = []
  for (const seed of seeds) {
    const [browser, node] = await Promise.all([
      page.evaluate((which) => window.runSeed(which), seed),
      runWorld(seed, undefined, {}, { openPlace: sqlitePlace }),
    ])
    findings.push(...findingsOf(seed, browser, node))
    same += browser.hash === node.hash ? 1 : 0
    events += browser.events
    databases += browser.databases
  }
  return { seeds: seeds.length, same, events, databases, findings }
}
