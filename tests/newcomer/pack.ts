import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from '../../tools/run.ts'

const packages = resolve(import.meta.dirname, '../../packages')

const succeeds = async (command: string, args: readonly string[], cwd?: string): Promise<void> => {
  const { code, output } = await run(command, args, cwd === undefined ? {} : { cwd })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)
}

/** Builds and packs the packages as they would be published. @returns tarballs by the packages' names */
export const packPackages = async (target: string): Promise<ReadonlyMap<string, string>> => {
  await succeeds('tsc', ['-b', '.'])
  const folders = readdirSync(packages)
  await Promise.all(
    folders.map((folder) => succeeds('pnpm', ['pack', '--pack-destination', target], join(packages, folder))),
  )
  const tarballs = readdirSync(target)
  return new Map(
    folders.map((folder) => {
      const tarball = tarballs.find((file) => file.startsWith(`holdfast-${folder}-`))
      if (tarball === undefined) throw new Error(`${folder} was not packed.`)
      return [`@holdfast/${folder}`, join(target, tarball)] as const
    }),
  )
}
