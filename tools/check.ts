import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { run, seconds } from './run.ts'
import './prepare.ts'

/** Runs every `check:*` script of package.json, two at a time, and shows the output of those that fail. */
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8')))

const failed: string[] = []

const check = async (script: string): Promise<void> => {
  const start = performance.now()
  const { code, output } = await run('pnpm', ['run', script])
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${script.padEnd(16)} ${seconds(start)}`)
  if (code === 0) return
  failed.push(script)
  console.log(output.trim())
}

/** Packages are packed from what the compiler wrote. */
const built = ['check:types', 'check:packages']
const inOrder = async (names: readonly string[]): Promise<void> => {
  for (const name of names) await check(name)
}
const others = Object.keys(scripts).filter((name) => name.startsWith('check:') && !built.includes(name))

await Promise.all([inOrder(built), inOrder(others)])
if (failed.length > 0) {
  console.error(`\n${failed.join(', ')} failed`)
  process.exit(1)
}
