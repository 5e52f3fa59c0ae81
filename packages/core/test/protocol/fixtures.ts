import { readFileSync, readdirSync } from 'node:fs'
import type { ZodMiniType } from 'zod/mini'
import { wireOperation } from '../../src/protocol/push.ts'
import { refusal } from '../../src/protocol/refusal.ts'
import { procedures } from '../../src/protocol/table.ts'

/** What each file of a folder `fixtures/v<protocol>` holds: named messages of one kind. */
const schemas: Readonly<Record<string, readonly ZodMiniType[]>> = {
  'push.operation': [wireOperation],
  'push.input': [procedures.push.input],
  'push.output': [procedures.push.output],
  'pull.input': [procedures.pull.input],
  'pull.output': [procedures.pull.output],
  'preflight.input': [procedures.preflight.input],
  'preflight.output': [procedures.preflight.output],
  'snapshot.input': [procedures.snapshot.input],
  'snapshot.output': [procedures.snapshot.output],
  'resume.input': [procedures.resume.input],
  'resume.output': [procedures.resume.output],
  'live.input': [procedures.live.input],
  'live.output': [procedures.live.output],
  refusal: [refusal, ...Object.values(procedures).map(({ output }) => output)],
}

export interface Fixture {
  /** For example `v1/push.input: usual`. */
  readonly title: string
  readonly file: string
  readonly message: unknown
  /** Each of them must read the message. */
  readonly schemas: readonly ZodMiniType[]
}

const root = new URL('fixtures/', import.meta.url)

const readFixtures = (folder: string, file: string): readonly Fixture[] => {
  const kind = file.replace(/\.json$/, '')
  const known = schemas[kind]
  if (known === undefined) throw new Error(`Nothing is known about fixtures/${folder}/${file}.`)
  const messages = JSON.parse(readFileSync(new URL(`${folder}/${file}`, root), 'utf8')) as Record<
    string,
    unknown
  >
  return Object.entries(messages).map(([name, message]) => ({
    title: `${folder}/${kind}: ${name}`,
    file: kind,
    message,
    schemas: known,
  }))
}

export const fileKinds: readonly string[] = Object.keys(schemas)

export const fixtures: readonly Fixture[] = readdirSync(root).flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root)).flatMap((file) => readFixtures(folder, file)),
)
