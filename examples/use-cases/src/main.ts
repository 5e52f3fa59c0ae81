import { tellStory as banking } from './banking.ts'
import { tellStory as erp } from './erp.ts'
import { tellStory as forms } from './forms.ts'
import { tellStory as tasksAndChat } from './tasks-and-chat.ts'
import type { Say } from './telling.ts'
import { tellStory as textEditor } from './text-editor.ts'

const stories: ReadonlyMap<string, (say: Say) => Promise<unknown>> = new Map<
  string,
  (say: Say) => Promise<unknown>
>([
  ['forms', forms],
  ['tasks-and-chat', tasksAndChat],
  ['text-editor', textEditor],
  ['banking', banking],
  ['erp', erp],
])

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !stories.has(name))
if (unknown.length > 0) {
  console.error(`There is no use case ${unknown.join(', ')}; there are ${[...stories.keys()].join(', ')}.`)
  process.exitCode = 1
} else {
  for (const [name, tell] of stories) {
    if (asked.length > 0 && !asked.includes(name)) continue
    console.log(`\n${name}`)
    await tell((line) => console.log(`  ${line}`))
  }
}
