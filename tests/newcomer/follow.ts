import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '../../tools/run.ts'
import type { Step } from './section.ts'

export interface Newcomer extends AsyncDisposable {
  /** Does what the step says. @returns what a command printed */
  readonly follow: (step: Step) => Promise<string>
  /** Starts a server, and waits until it listens. */
  readonly serve: (command: string) => Promise<Running>
}

export interface Running {
  readonly stop: () => Promise<void>
}

export interface NewcomerOptions {
  readonly folder: string
  /** By the packages' names. */
  readonly tarballs: ReadonlyMap<string, string>
  readonly env: Readonly<Record<string, string>>
}

/** The one thing that is not as on the page: unpublished packages come from their tarballs. */
const installed = (command: string, tarballs: ReadonlyMap<string, string>): string =>
  command.startsWith('npm install')
    ? command
        .split(' ')
        .map((word) => tarballs.get(word) ?? word)
        .join(' ')
    : command

export const newcomer = ({ folder, tarballs, env: own }: NewcomerOptions): Newcomer => {
  const running: Running[] = []
  const env = { ...strangersEnvironment(), ...own }

  const serve = async (command: string): Promise<Running> => {
    const [program = '', ...args] = command.split(' ')
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const ended = once(child, 'close')
    const listens = new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        output += chunk.toString()
        if (output.includes('listening')) resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('close', () => reject(new Error(`The server ended:\n${output}`)))
    })
    const server = {
      async stop() {
        child.kill()
        await ended
      },
    }
    running.push(server)
    await listens
    return server
  }

  return {
    serve,
    async follow(step) {
      switch (step.kind) {
        case 'write': {
          const path = join(folder, step.file)
          mkdirSync(dirname(path), { recursive: true })
          writeFileSync(path, step.text)
          return ''
        }
        case 'change': {
          const path = join(folder, step.file)
          if (readFileSync(path, 'utf8') !== step.before)
            throw new Error(`The diff does not fit ${step.file} as the page wrote it.`)
          writeFileSync(path, step.after)
          return ''
        }
        case 'serve':
          await serve(step.command)
          return ''
        case 'run': {
          const command = installed(step.command, tarballs)
          const { code, output } = await run('sh', ['-c', command], { cwd: folder, env })
          if (code !== 0) throw new Error(`${step.command} ended with ${code}:\n${output}`)
          return output
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { stop } of running) await stop()
    },
  }
}

/** Without what this repository and its tests set, but with this Node. */
const strangersEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(?!config_registry$)|pnpm_|holdfast|vitest|node_(options|env)$|init_cwd$|database_url$)/i.test(
          name,
        ),
    ),
  ),
  PATH: [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(':').filter((path) => !path.includes('node_modules')),
  ].join(':'),
  // What npm would ask the registry besides.
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  npm_config_prefer_offline: 'true',
})
