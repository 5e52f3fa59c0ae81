import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, seconds, type Finished } from '../../run.ts'
import type { Proof } from '../proof.ts'

/** A home without caches, configuration or store. Registry settings of the machine stay: they say where to load from. */
const strangersEnvironment = (home: string): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|pnpm_|holdfast|vitest|node_options$|init_cwd$)/i.test(name),
  )
  const registry = process.env['npm_config_registry']
  return {
    ...Object.fromEntries(kept),
    ...(registry === undefined ? {} : { npm_config_registry: registry }),
    // Not this checkout's binaries.
    PATH: (process.env['PATH'] ?? '')
      .split(':')
      .filter((folder) => !folder.includes('node_modules'))
      .join(':'),
    HOME: home,
    USERPROFILE: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    npm_config_cache: join(home, '.npm'),
    CI: 'true',
  }
}

const commands = ['demo', 'test', 'demo', 'test']

export const proof: Proof = {
  title: 'A fresh clone on an empty machine: demo and test end with 0, twice.',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-clone-'))
    const clone = join(folder, 'holdfast')
    const env = strangersEnvironment(join(folder, 'home'))
    const inClone = (command: string): Promise<Finished> =>
      run('npx', ['-y', 'pnpm@12', command], { cwd: clone, env })
    const figures: string[] = []
    try {
      const cloned = await run('git', [
        'clone',
        '--quiet',
        '--no-hardlinks',
        join(import.meta.dirname, '../../..'),
        clone,
      ])
      if (cloned.code !== 0) return { holds: false, figure: cloned.output }
      for (const command of commands) {
        const start = performance.now()
        const { code, output } = await inClone(command)
        figures.push(`${command} ${code === 0 ? 'ok' : `exit ${code}`} ${seconds(start)}`)
        if (code === 0) continue
        console.error(output)
        return { holds: false, figure: figures.join(', ') }
      }
      return { holds: true, figure: figures.join(', ') }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
