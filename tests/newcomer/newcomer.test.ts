import { mkdirSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { freePort } from '../../tools/free-port.ts'
import { run } from '../../tools/run.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { newcomer } from './follow.ts'
import { packPackages } from './pack.ts'
import { readme, stepsIn, type Step } from './section.ts'

const steps = stepsIn(readme(), 'Add sync to your Express server')
const isCommand = (step: Step): boolean => step.kind === 'run'

/** What a newcomer's editor may be set to. */
const strictest = {
  compilerOptions: {
    ...{ module: 'nodenext', target: 'es2024', noEmit: true, allowImportingTsExtensions: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ verbatimModuleSyntax: true, erasableSyntaxOnly: true, types: ['node'] },
  },
  include: ['src'],
}
const headers = { authorization: 'Bearer token-of-ada', 'content-type': 'application/json' }

test(
  'the README’s section, followed word by word in an empty folder, ends with a device that syncs the newcomer’s own model',
  { timeout: 300_000 },
  async () => {
    using folder = temporaryFolder()
    const [app, packed] = [folder.path('app'), folder.path('packed')]
    for (const path of [app, packed]) mkdirSync(path)
    writeFileSync(`${app}/tsconfig.json`, JSON.stringify(strictest))
    const start = performance.now()
    const tarballs = await packPackages(packed)
    const port = String(await freePort())
    const url = `http://localhost:${port}`
    await using reader = newcomer({
      folder: app,
      tarballs,
      env: {
        PORT: port,
        SYNC_URL: `${url}/sync`,
        // `prisma generate` wants an engine that it never runs; any file will do.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      },
    })

    let said = ''
    for (const step of steps) {
      // Like yours: it has been in use before it gets sync.
      if (step.kind === 'change') {
        const before = await reader.serve(`node ${step.file}`)
        await fetch(`${url}/notes`, { method: 'POST', headers, body: '{"title":"From before"}' })
        await before.stop()
      }
      said = await reader.follow(step)
    }
    expect(said).toContain("{ kind: 'applied', version: 1, lost: [] }")
    expect(said).toContain('Written on a device')
    expect(said).toContain('From before')

    const answer = await fetch(`${url}/notes`, { headers })
    expect(await answer.json()).toMatchObject([
      { teamId: 'team-1', title: 'From before', done: false },
      { teamId: 'team-1', title: 'Written on a device', done: false },
    ])
    await fetch(`${url}/notes`, { method: 'POST', headers, body: '{"title":"By REST"}' })
    const admin = new Database(`${app}/notes.db`)
    admin.exec(`UPDATE Note SET done = TRUE WHERE title = 'From before'`)
    admin.close()
    const again = await reader.follow(steps.findLast(isCommand) ?? { kind: 'run', command: 'false' })
    expect(again).toContain('By REST')
    expect(again).toMatch(/title: 'From before',\s+done: true/)

    const { output } = await run('tsc', ['--project', app])
    // The adapter's own types want types of its driver.
    const errors = output.split('\n').filter((line) => /^\S/.test(line) && !line.includes('/@prisma/'))
    expect(errors).toEqual([])

    const [files, commands] = [steps.filter(({ kind }) => kind === 'write'), steps.filter(isCommand)]
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    figure(
      `${files.length} files and ${commands.length} commands of the README, ${tarballs.size} tarballs, ${seconds} s`,
    )
  },
)

test('the section has a server before and after, and a device', () => {
  expect(steps.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['write', 'run', 'change', 'serve']))
  expect(steps.at(-1)).toEqual({ kind: 'run', command: 'node src/device.ts' })
})

test('a block that nobody could follow is an error', () => {
  const page = (block: string): string => `## Title\n${block}\n## Next\n`
  expect(() => stepsIn(page('```ts\nconst a = 1\n```'), 'Title')).toThrow('Nothing says')
  expect(() => stepsIn(page('```sh\nls'), 'Title')).toThrow('not closed')
  expect(stepsIn(page('```diff file=a\n same\n-old\n+new\n```'), 'Title')).toEqual([
    { kind: 'change', file: 'a', before: 'same\nold\n', after: 'same\nnew\n' },
  ])
})
