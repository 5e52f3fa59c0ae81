import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n')

test.each(['prisma/schema.prisma', 'src/schema.ts', 'src/server.ts', 'src/client.ts'])(
  'the README shows %s as it is',
  (name) => {
    const file = `examples/quick-start/${name}`
    const [, shown] = new RegExp(`\`\`\`\\w+ file=${file}\\n(.*?)\`\`\``, 's').exec(read('README.md')) ?? []
    expect(shown).toBe(read(file))
  },
)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-quick-start-'))
const started: ChildProcess[] = []
afterAll(async () => {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill()
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

/** Starts one of the quick start's files in an empty folder. */
const start = (
  file: string,
  env: Readonly<Record<string, string>>,
): ChildProcess & { output: () => string } => {
  const script = join(root, 'examples/quick-start/src', file)
  const child = spawn(process.execPath, ['--conditions=holdfast-source', script], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  return Object.assign(child, { output: () => output })
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('it runs: a write reaches the server, and is there at the next start', { timeout: 60_000 }, async () => {
  const port = String(await freePort())
  const server = start('server.ts', { PORT: port })
  await once(server.stdout ?? server, 'data')
  expect(server.output()).toContain('listening')

  for (const [before, after] of [
    ['0 open', '1 open'],
    ['1 open', '2 open'],
  ]) {
    const client = start('client.ts', { SYNC_URL: `http://localhost:${port}/sync` })
    const [code] = (await once(client, 'close')) as [number]
    expect(client.output()).toContain(before)
    expect(client.output()).toContain(after)
    expect(client.output()).toContain("{ kind: 'applied', version: 1, lost: [] }")
    expect(code).toBe(0)
  }
})
