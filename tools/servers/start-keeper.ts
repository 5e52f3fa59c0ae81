import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface Keeper extends AsyncDisposable {
  readonly report: unknown
}

/**
 * Starts a script that holds a server (see `hold`), which ends with this process.
 * @throws Error with what the script says where it fails
 */
export const startKeeper = async (script: string, options: readonly string[]): Promise<Keeper> => {
  const keeper = spawn(process.execPath, [script, ...options], { stdio: ['pipe', 'pipe', 'pipe'] })
  const exited = once(keeper, 'exit')
  const errors = text(keeper.stderr)
  const line = await Promise.race([once(keeper.stdout, 'data'), exited.then(() => undefined)])
  if (line === undefined) throw new Error(await errors)
  // Nothing of the keeper holds this process open: when it ends, its standard input ends too.
  for (const part of [keeper, keeper.stdin, keeper.stdout, keeper.stderr]) {
    if ('unref' in part && typeof part.unref === 'function') part.unref()
  }
  return {
    report: JSON.parse(String(line[0])),
    async [Symbol.asyncDispose]() {
      keeper.ref()
      keeper.stdin.end()
      await exited
    },
  }
}
