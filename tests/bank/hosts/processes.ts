import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Report, Task } from '../device.ts'
import type { Memory, OpenHost, Running } from './host.ts'

const deviceProcess = `${import.meta.dirname}/../children/device-process.ts`

type Line = (Report | { readonly kind: 'started' }) & Memory

/** A device whose database is a SQLite file; each task is a process, and so is the onlooker. */
export const openProcesses: OpenHost = async (folder, url, onSight) => {
  const filename = join(folder, 'device.db')
  let killed = 0

  const start = (task: Task, asker: string, hear: (line: Line) => void): Running => {
    const flags = ['--conditions=holdfast-source', '--no-warnings', '--expose-gc']
    const child = spawn(
      process.execPath,
      [...flags, deviceProcess, JSON.stringify(task), filename, url, asker],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (text) => hear(JSON.parse(text) as Line))
    const closed = Promise.all([once(child, 'close'), once(lines, 'close')])
    const ended = closed.then(() => {
      if (child.signalCode === 'SIGKILL') killed += 1
    })
    return { ended, kill: () => void child.kill('SIGKILL') }
  }

  const onlooker = start({ kind: 'look' }, 'onlooker', (line) => {
    if (line.kind === 'sight') onSight(line)
  })
  let isOver = false
  void onlooker.ended.then(() => {
    // Nobody would notice what it does not see.
    if (!isOver) throw new Error('The onlooker ended.')
  })

  return {
    start: async (task, asker, { hear, onMemory }) =>
      start(task, asker, (line) => {
        onMemory?.(line, line.kind === 'started')
        if (line.kind !== 'started') hear(line)
      }),
    killed: () => ({ 'process killed': killed }),
    async [Symbol.asyncDispose]() {
      isOver = true
      onlooker.kill()
      await onlooker.ended
    },
  }
}
