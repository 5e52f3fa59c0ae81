import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checksOf } from './checks.ts'
import { openDatabase } from './databases.ts'
import { tellStory, type Ending } from './story.ts'
import { tableOf } from './table.ts'

const edits = Number(process.argv[2] ?? 10_000)
const start = performance.now()

const tell = async (compacts: boolean, say: (line: string) => void): Promise<Ending> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-long-offline-server-'))
  try {
    await using database = await openDatabase(folder, process.env['DATABASE_URL'])
    say(`Three weeks, ${edits.toLocaleString('en')} edits; the server is on ${database.name}.`)
    return await tellStory({ store: database.store, edits, compacts, seed: 'long offline', say })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const ending = await tell(true, (line) => console.log(line))
console.log('And once more, with nothing folded, to see what that saves ...\n')
const plain = await tell(false, () => undefined)
console.log(tableOf(ending, plain))
console.log()
for (const [ended, name] of [
  [ending, ''],
  [plain, ' (with nothing folded)'],
] as const) {
  for (const { claim, holds, found } of checksOf(ended, edits)) {
    console.log(`${holds ? 'holds ' : 'BROKEN'} ${claim}${name}${holds ? '' : `: ${found}`}`)
    if (!holds) process.exitCode = 1
  }
}
const isSame = ending.equal.reckoned === plain.equal.reckoned
console.log(`${isSame ? 'holds ' : 'BROKEN'} both stories end with the same records`)
if (!isSame) process.exitCode = 1
console.log(`\n${((performance.now() - start) / 1_000).toFixed(0)} seconds in all.`)
