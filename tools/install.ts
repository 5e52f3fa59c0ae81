import { run } from './run.ts'

/** Shows what a command said that did not succeed. */
export const succeeds = async (command: string, ...args: readonly string[]): Promise<boolean> => {
  try {
    const { code, output } = await run(command, args)
    if (code !== 0) console.error(output.trim())
    return code === 0
  } catch (error) {
    console.error(`${command} can't be run: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** Installs a package of the distribution, where this is root with apt. */
export const installByApt = async (name: string, purpose: string): Promise<boolean> => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  console.log(`Installing ${name} with apt-get for ${purpose}.`)
  process.env['DEBIAN_FRONTEND'] ??= 'noninteractive'
  return (
    (await succeeds('apt-get', 'update')) &&
    (await succeeds('apt-get', 'install', '-y', '--no-install-recommends', name))
  )
}
