import { run } from '../../run.ts'
import { runVitest } from '../../vitest.ts'
import type { Proof } from '../proof.ts'

const story = ['--conditions=holdfast-source', 'examples/use-cases/src/main.ts']
const names = ['forms', 'tasks-and-chat', 'text-editor', 'banking', 'erp']

export const proof: Proof = {
  title:
    'Forms, tasks and chat, a text editor, banking and ERP, each with its strategy over a real server and SQLite files: devices that were offline end as the docs say.',
  async run() {
    const told = await run(process.execPath, story, { output: 'collect' })
    console.log(told.output.trim())
    const { code, passed, failed, output, titles } = await runVitest(['examples/use-cases'], 'collect')
    if (code !== 0) console.error(output)
    const asserted = titles.filter((title) => title.startsWith('[R19] ')).length
    const heard = names.filter((name) => told.output.split('\n').includes(name)).length
    return {
      holds: told.code === 0 && code === 0 && asserted === names.length && heard === names.length,
      figure: `${heard} stories told, ${asserted} asserted; ${passed} tests passed, ${failed} failed`,
    }
  },
}
