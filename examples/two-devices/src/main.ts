import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNarrator } from './print/narrator.ts'
import { conclude } from './story/conclude.ts'
import { setStage } from './story/stage.ts'
import { tellStory } from './story/story.ts'

/** Two devices, a server, and a network that comes and goes. Exits with 1 if anything ends differently than it has to. */
const longestMs = 60_000

const narrator = createNarrator((line) => process.stdout.write(`${line}\n`))
const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
// Child processes are ended before: see startChild.
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const giveUp = (reason: string): never => {
  narrator.bad(reason)
  process.exit(1)
}
setTimeout(() => giveUp(`The demo took longer than ${longestMs / 1000} s.`), longestMs).unref()

const run = async (): Promise<0 | 1> => {
  const start = performance.now()
  narrator.title('Holdfast: two devices, one server, and a network that comes and goes')
  const stage = await setStage(folder, narrator)
  await tellStory(stage)
  const exitCode = conclude(narrator, await stage.evidence())
  await stage.close()
  narrator.good(`${((performance.now() - start) / 1000).toFixed(1)} s`)
  return exitCode
}

try {
  process.exitCode = await run()
} catch (error) {
  giveUp(error instanceof Error ? error.message : String(error))
}
