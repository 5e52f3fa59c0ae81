import { parseArgs } from 'node:util'
import type { CommandContext } from './context.ts'
import { readDuration } from './duration.ts'
import { hidePasswords, readTarget, type Target } from './target.ts'
import { readNames, type MappedName } from './triggers/mapped-tables.ts'

export const commandNames = ['init', 'migrate', 'status', 'prune', 'doctor', 'triggers'] as const
export type CommandName = (typeof commandNames)[number]

/** What was asked for. */
export type Request =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'misuse'; readonly says: string; readonly command?: CommandName }
  | { readonly kind: 'init'; readonly schema: string | undefined; readonly apply: Target | undefined }
  | { readonly kind: 'migrate'; readonly target: Target }
  | { readonly kind: 'status'; readonly target: Target; readonly json: boolean }
  | {
      readonly kind: 'prune'
      readonly target: Target
      readonly olderThan: number
      readonly dryRun: boolean
      readonly json: boolean
    }
  | {
      readonly kind: 'doctor'
      readonly target: Target
      readonly retention: number | undefined
      readonly json: boolean
    }
  | {
      readonly kind: 'triggers'
      readonly names: readonly MappedName[]
      readonly schema: string | undefined
      readonly action: TriggersAction
    }

export type TriggersAction =
  | { readonly kind: 'print' }
  | { readonly kind: 'apply' | 'remove'; readonly target: Target }

type OptionName = 'url' | 'schema' | 'apply' | 'remove' | 'json' | 'older-than' | 'dry-run' | 'retention'

const optionsOf: Readonly<Record<CommandName, readonly OptionName[]>> = {
  init: ['schema', 'apply', 'url'],
  migrate: ['url'],
  status: ['url', 'json'],
  prune: ['url', 'older-than', 'dry-run', 'json'],
  doctor: ['url', 'retention', 'json'],
  triggers: ['schema', 'apply', 'remove', 'url'],
}

const flags: ReadonlySet<OptionName> = new Set<OptionName>(['apply', 'remove', 'json', 'dry-run'])

type Values = Readonly<Record<string, string | boolean | undefined>>

export const readArguments = (args: readonly string[], context: CommandContext): Request => {
  const [first, ...rest] = args
  if (first === undefined) return { kind: 'misuse', says: 'Say what to do.' }
  if (isHelp(first)) return { kind: 'help' }
  const command = commandNames.find((name) => name === first)
  if (command === undefined) {
    const what = first.startsWith('-') ? 'No option comes before the command' : 'There is no such command'
    return { kind: 'misuse', says: `${what}: ${hidePasswords(first)}.` }
  }
  if (rest.some(isHelp)) return { kind: 'help', command }
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: command === 'triggers',
      options: Object.fromEntries(
        optionsOf[command].map((name) => [name, { type: flags.has(name) ? 'boolean' : 'string' }] as const),
      ),
    })
    const request = toRequest(command, { values, positionals }, context)
    return request.kind === 'misuse' ? { ...request, command } : request
  } catch (error) {
    return { kind: 'misuse', command, says: sentenceOf(error) }
  }
}

const isHelp = (text: string): boolean => text === '--help' || text === '-h'

/** The first sentence of Node's. */
const sentenceOf = (error: unknown): string => {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/)
  return `${hidePasswords(first).replace(/\.$/, '')}.`
}

const textOf = (values: Values, name: OptionName): string | undefined => {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

interface Given {
  readonly values: Values
  readonly positionals: readonly string[]
}

const toRequest = (
  command: CommandName,
  { values, positionals }: Given,
  { cwd, env }: CommandContext,
): Request => {
  const json = values['json'] === true
  const url = textOf(values, 'url')
  const schema = textOf(values, 'schema')
  if (command === 'init' && values['apply'] !== true) {
    return url === undefined
      ? { kind: 'init', schema, apply: undefined }
      : { kind: 'misuse', says: 'A --url is of use with --apply only.' }
  }
  if (command === 'triggers') return triggersRequest({ values, positionals }, { cwd, env })
  const read = readTarget(url ?? env['DATABASE_URL'], cwd)
  if (read.kind === 'misuse') return read
  const { target } = read
  switch (command) {
    case 'init':
      return { kind: 'init', schema, apply: target }
    case 'migrate':
      return { kind: 'migrate', target }
    case 'status':
      return { kind: 'status', target, json }
    case 'prune': {
      const olderThan = readDuration(textOf(values, 'older-than') ?? '')
      if (olderThan === undefined) return needsDuration('--older-than')
      return { kind: 'prune', target, olderThan, dryRun: values['dry-run'] === true, json }
    }
    case 'doctor': {
      const given = textOf(values, 'retention')
      const retention = given === undefined ? undefined : readDuration(given)
      if (given !== undefined && retention === undefined) return needsDuration('--retention')
      return { kind: 'doctor', target, retention, json }
    }
  }
}

const triggersRequest = (
  { values, positionals }: Given,
  { cwd, env }: Pick<CommandContext, 'cwd' | 'env'>,
): Request => {
  const read = readNames(positionals)
  if (read.kind === 'misuse') return read
  const { names } = read
  const url = textOf(values, 'url')
  const schema = textOf(values, 'schema')
  const [applies, removes] = [values['apply'] === true, values['remove'] === true]
  if (applies && removes) return { kind: 'misuse', says: 'Choose one of --apply and --remove.' }
  if (!applies && !removes) {
    return url === undefined
      ? { kind: 'triggers', names, schema, action: { kind: 'print' } }
      : { kind: 'misuse', says: 'A --url is of use with --apply or --remove only.' }
  }
  const place = readTarget(url ?? env['DATABASE_URL'], cwd)
  if (place.kind === 'misuse') return place
  return {
    kind: 'triggers',
    names,
    schema,
    action: { kind: applies ? 'apply' : 'remove', target: place.target },
  }
}

const needsDuration = (option: string): Request => ({
  kind: 'misuse',
  says: `${option} needs a number and a unit (s, m, h, d or w), as in ${option} 90d.`,
})
