import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tellStory } from './story.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-custom-adapter-'))
try {
  await tellStory(folder, (line) => console.log(line))
} finally {
  rmSync(folder, { recursive: true })
}
