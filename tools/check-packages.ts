import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { run } from './run.ts'

/**
 * Packs each package as it would be published and looks at it as a stranger would: the manifest (publint), the
 * types (attw), and whether each entry can be imported from the built files by plain Node.
 */
const packages = resolve(import.meta.dirname, '../packages')
const manifestSchema = z.object({ name: z.string(), exports: z.record(z.string(), z.unknown()) })

const problemsOf = async (folder: string): Promise<string[]> => {
  const cwd = join(packages, folder)
  const { name, exports } = manifestSchema.parse(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')))
  const entries = Object.keys(exports).map((entry) => name + entry.slice(1))
  const target = mkdtempSync(join(tmpdir(), 'holdfast-pack-'))
  try {
    const packed = await run('pnpm', ['pack', '--pack-destination', target], { cwd })
    const [tarball] = readdirSync(target)
    if (packed.code !== 0 || tarball === undefined) return [packed.output]
    const imports = entries.map((entry) => `await import('${entry}')`).join('\n')
    const looks = await Promise.all([
      run('publint', ['run', join(target, tarball), '--strict']),
      run('attw', [join(target, tarball), '--profile', 'esm-only', '--format', 'ascii']),
      run(process.execPath, ['--input-type=module', '--eval', imports], { cwd }),
    ])
    return looks.filter(({ code }) => code !== 0).map(({ output }) => `${name}\n${output}`)
  } finally {
    rmSync(target, { recursive: true })
  }
}

let failed = false
for (const folder of readdirSync(packages)) {
  for (const problem of await problemsOf(folder)) {
    failed = true
    console.error(problem)
  }
}
if (failed) process.exitCode = 1
