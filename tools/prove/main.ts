import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { takeHeaded } from '../chromium/shown.ts'
import { seconds } from '../run.ts'
import type { Proof } from './proof.ts'

const folder = `${import.meta.dirname}/proofs`
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

const load = async (name: string): Promise<Proof> => {
  const { proof } = (await import(`${folder}/${name}.ts`)) as { proof: Proof }
  return proof
}

const list = async (): Promise<void> => {
  console.log('Usage: pnpm prove <name>... | --all [--headed]\n')
  for (const name of names) console.log(`${name.padEnd(24)} ${(await load(name)).title}`)
}

const prove = async (name: string): Promise<boolean> => {
  const { title, run } = await load(name)
  const start = performance.now()
  const { holds, figure } = await run()
  console.log(`${holds ? 'holds ' : 'BROKEN'} ${name}: ${title} ${figure} (${seconds(start)})`)
  return holds
}

const { values, positionals } = parseArgs({
  args: [...takeHeaded(process.argv.slice(2))],
  options: { all: { type: 'boolean' } },
  allowPositionals: true,
})
const chosen = values.all === true ? names : positionals
const unknown = chosen.filter((name) => !names.includes(name))

if (unknown.length > 0) {
  console.error(`There is no proof named ${unknown.join(', ')}; pnpm prove lists them.`)
  process.exitCode = 1
} else if (chosen.length === 0) {
  await list()
} else {
  for (const name of chosen) if (!(await prove(name))) process.exitCode = 1
}
