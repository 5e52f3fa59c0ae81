import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { hidePasswords } from '../../src/command/target.ts'
import { run, useFolder } from './run.ts'

const folderWith = useFolder()
const bin = resolve(import.meta.dirname, '../../src/bin/holdfast.ts')
const secret = 's3cr3t-pass'

describe('[CM1] used wrongly, it says so with a short help and exit code 2', () => {
  test.each([
    ['nothing', [], 'Say what to do.'],
    ['an unknown command', ['sync'], 'There is no such command: sync.'],
    ['an option first', ['--url', 'x', 'status'], 'No option comes before the command: --url.'],
    ['an unknown option', ['status', '--urll', 'x'], "Unknown option '--urll'."],
    ['a missing value', ['status', '--url'], "Option '--url <value>' argument missing."],
    ['a value too many', ['status', 'file:./a.db'], "Unexpected argument 'file:./a.db'."],
    ['no database', ['status'], 'Name the database with --url or in DATABASE_URL'],
    ['another database', ['doctor', '--url', 'mysql://h/d'], 'speaks PostgreSQL and SQLite, not mysql'],
    ['a broken URL', ['status', '--url', `postgres://u:${secret}@h:x/d`], "can't be read"],
    ['a folder for SQLite', ['status', '--url', 'file:'], 'named by its file'],
    ['no duration', ['prune', '--url', 'a.db'], '--older-than needs a number and a unit'],
    ['a bare number', ['prune', '--url', 'a.db', '--older-than', '90'], 'as in --older-than 90d'],
    ['nothing at all of days', ['doctor', '--url', 'a.db', '--retention', '0d'], '--retention needs'],
    ['a URL that nobody needs', ['init', '--url', 'a.db'], 'of use with --apply only'],
  ])('%s', async (_, args, sentence) => {
    const { code, out, err } = await run(args)
    expect(code).toBe(2)
    expect(out).toBe('')
    const [first = ''] = err.split('\n')
    expect(first).toContain(sentence)
    expect(err).toContain('\n\nholdfast ')
    expect(err).not.toContain(secret)
  })

  test('help that was asked for is no mistake', async () => {
    for (const args of [['--help'], ['-h']]) {
      const { code, out, err } = await run(args)
      expect([code, err]).toEqual([0, ''])
      for (const name of ['init', 'migrate', 'status', 'prune', 'doctor', 'triggers'])
        expect(out).toContain(`holdfast ${name}`)
    }
    const { code, out } = await run(['prune', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('holdfast prune')
    expect(out).not.toContain('holdfast doctor')
  })
})

describe('[CM2] what fails is told in one sentence that says what to do', () => {
  test.each([
    [
      'nobody there',
      'postgresql://u@127.0.0.1:1/d',
      '127.0.0.1:1/d: Nothing answers there: check host and port',
    ],
    [
      'no file',
      'file:./none.db',
      '/nowhere/none.db: check the path, or make the database with holdfast migrate',
    ],
  ])('%s', async (_, url, sentence) => {
    const { code, out, err } = await run(['status', '--url', url])
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('a file that is no database, and one without our tables', async () => {
    const cwd = await folderWith({
      'text.db': 'This is a text that is longer than the header of a SQLite file is.'.repeat(9),
    })
    expect(await run(['status', '--url', 'file:./text.db'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('not a SQLite database') as unknown,
    })
    const opened = (url: string) => run(['migrate', '--url', url], { cwd })
    expect((await opened('file:./none/server.db')).err).toContain(
      'none/server.db: The folder of the file is not there',
    )
    expect((await opened('file:.')).err).toContain('The file can not be opened: check the path')
    const empty = await folderWith({ 'empty.db': '' })
    expect(await run(['status', '--url', 'file:./empty.db'], { cwd: empty })).toMatchObject({
      code: 1,
      err: expect.stringContaining('run holdfast migrate') as unknown,
    })
  })
})

test.each([
  [`postgres://u:${secret}@h/d`, 'postgres://u:***@h/d'],
  [
    `Unexpected argument 'postgresql://u:${secret}@/@h:5432/d?a=b'`,
    "Unexpected argument 'postgresql://u:***@h:5432/d?a=b'",
  ],
  [
    `postgres://h/d?user=u&password=${secret}&sslpassword=${secret}`,
    'postgres://h/d?user=u&password=***&sslpassword=***',
  ],
])('[CM3] %s is shown without its password', (text, shown) => {
  expect(hidePasswords(text)).toBe(shown)
})

test('[CM3] a password is not shown by any command, wherever its URL stood', async () => {
  const url = `postgresql://u:${secret}@127.0.0.1:1/d?password=${secret}`
  for (const args of [
    [url],
    ['status', url],
    ['status', '--url', url],
    ['status', '--url', url, '--json'],
    ['migrate', '--url', url],
    ['prune', '--url', url, '--older-than', '1d'],
    ['doctor', '--url', url],
    ['doctor', '--url', url, '--json'],
    ['status', '--url', `mysql://u:${secret}@h/d`],
    ['status', `--${url}`],
  ]) {
    const { code, out, err } = await run(args)
    expect(code).toBeGreaterThan(0)
    expect(out + err).not.toContain(secret)
  }
})

describe('[CM4] the database', () => {
  test('is the one of --url, else of DATABASE_URL', async () => {
    const cwd = await folderWith()
    expect((await run(['migrate'], { cwd, env: { DATABASE_URL: 'file:./by-env.db' } })).code).toBe(0)
    expect(existsSync(join(cwd, 'by-env.db'))).toBe(true)
    const both = ['migrate', '--url', 'file:./by-url.db']
    expect((await run(both, { cwd, env: { DATABASE_URL: 'file:./other.db' } })).out).toContain(
      'by-url.db: applied',
    )
    expect(existsSync(join(cwd, 'other.db'))).toBe(false)
  })

  test.each([['status'], ['doctor'], ['prune', '--older-than', '9d']])(
    '%s makes no file',
    async (...args) => {
      const cwd = await folderWith()
      expect((await run([...args, '--url', 'file:./none.db'], { cwd })).code).toBe(1)
      expect(existsSync(join(cwd, 'none.db'))).toBe(false)
    },
  )
})

test('[CM2] the process itself ends so, without a stack', async () => {
  const cwd = await folderWith()
  const start = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, ['--conditions=holdfast-source', bin, ...args], { cwd })
  expect((await start('migrate', '--url', 'file:./server.db')).stdout).toContain(join(cwd, 'server.db'))
  expect((await start('status', '--url', './server.db')).stdout).toContain('all 0 scopes')
  await expect(start('status', '--url', './other.db')).rejects.toMatchObject({
    code: 1,
    stderr: expect.not.stringContaining('    at ') as unknown,
  })
  await expect(start()).rejects.toMatchObject({ code: 2 })
})
