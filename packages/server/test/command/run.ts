import { mkdtempSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemEnvironment } from '@holdfast/core'
import { afterEach } from 'vitest'
import type { CommandContext } from '../../src/command/context.ts'
import { runCommand } from '../../src/command/run-command.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The command, in this process. */
export const run = async (
  args: readonly string[],
  context: Partial<Pick<CommandContext, 'cwd' | 'env' | 'environment'>> = {},
): Promise<Ran> => {
  let [out, err] = ['', '']
  const code = await runCommand(args, {
    cwd: '/nowhere',
    env: {},
    environment: systemEnvironment,
    ...context,
    print: (text) => void (out += text),
    complain: (text) => void (err += text),
  })
  return { code, out, err }
}

/** Folders with files in them, removed after each test. */
export const useFolder = (): ((files?: Readonly<Record<string, string>>) => Promise<string>) => {
  const made: string[] = []
  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true })
  })
  return async (files = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-command-'))
    made.push(folder)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    return folder
  }
}
