import { systemEnvironment } from '@holdfast/core'
import type { CommandContext } from './context.ts'

/** Of this process. */
export const processContext = (): CommandContext => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever reads, `head` say, may stop before the end.
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    cwd: process.cwd(),
    env: process.env,
    environment: systemEnvironment,
    print: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
  }
}
