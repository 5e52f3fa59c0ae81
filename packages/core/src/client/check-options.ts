import { SyncError } from '../base/errors.ts'
import { isObject } from '../base/objects.ts'
import { longestTimer } from '../base/system-environment.ts'
import { maxPage } from '../protocol/pull.ts'
import { maxBatch } from '../protocol/push.ts'
import { nearestName } from './nearest-name.ts'
import type { SyncClientOptions } from './options.ts'
import { scopeProblem } from './scope-name.ts'

const misconfigured = (option: string, sentence: string): SyncError<'MISCONFIGURED'> =>
  new SyncError('MISCONFIGURED', `createSyncClient: ${option} ${sentence}.`, { option })

const unknownOption = (
  prefix: string,
  name: string,
  known: readonly string[],
): SyncError<'MISCONFIGURED'> => {
  const option = `${prefix}${name}`
  const nearest = nearestName(name, known)
  const advice =
    nearest === undefined
      ? `those that exist are ${known.join(', ')}`
      : `perhaps ${prefix}${nearest} was meant`
  return new SyncError('MISCONFIGURED', `createSyncClient: there is no option ${option}; ${advice}.`, {
    option,
  })
}

type Check = (option: string, value: unknown) => void
/** Every option has a check, and there is no other: the compiler holds both. */
type Checks<TOptions> = { readonly [TName in keyof Required<TOptions>]: Check }

/** An object that has these functions. */
const having =
  (...names: readonly string[]): Check =>
  (option, value) => {
    const lacking = names.filter((name) => !isObject(value) || typeof value[name] !== 'function')
    if (lacking.length > 0)
      throw misconfigured(option, `must have ${lacking.map((name) => `${name}()`).join(', ')}`)
  }

const required =
  (check: Check): Check =>
  (option, value) => {
    if (value === undefined) throw misconfigured(option, 'is missing')
    check(option, value)
  }

const optional =
  (check: Check): Check =>
  (option, value) => {
    if (value !== undefined) check(option, value)
  }

const wholeNumber = (least: number, most: number): Check =>
  optional((option, value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
    throw misconfigured(option, `must be a whole number from ${least} to ${most}`)
  })

const checkScopes: Check = (option, value) => {
  if (!Array.isArray(value) || value.length === 0)
    throw misconfigured(option, 'must be a list of at least one scope name')
  for (const scope of value) {
    const problem = scopeProblem(scope)
    if (problem !== undefined) throw misconfigured(option, `holds a name that ${problem}`)
  }
}

const checkSchema: Check = (option, value) => {
  if (!isObject(value) || !isObject(value['collections']))
    throw misconfigured(option, 'must be made by defineSchema')
}

const checkUser: Check = (option, value) => {
  if (typeof value === 'string' && value !== '') return
  throw misconfigured(option, 'must name the user that the local data belongs to')
}

const checkPlugins: Check = (option, value) => {
  if (Array.isArray(value) && value.every((plugin) => isObject(plugin) && typeof plugin['name'] === 'string'))
    return
  throw misconfigured(option, 'must be a list of plugins made by definePlugin')
}

const checkSwitch: Check = (option, value) => {
  if (typeof value !== 'boolean') throw misconfigured(option, 'must be true or false')
}

const checkConnectivity: Check = (option, value) => {
  having('isOnline')(option, value)
  having('subscribe')(`${option}.online$`, isObject(value) ? value['online$'] : undefined)
  const metering = isObject(value) ? value['metering'] : undefined
  if (metering === undefined) return
  having('metered')(`${option}.metering`, metering)
  having('subscribe')(`${option}.metering.metered$`, isObject(metering) ? metering['metered$'] : undefined)
}

const checkEnvironment: Check = (option, value) => {
  having('newId')(option, value)
  const parts = isObject(value) ? value : {}
  having('now', 'monotonic')(`${option}.clock`, parts['clock'])
  having('after')(`${option}.timers`, parts['timers'])
  having('next', 'bytes')(`${option}.random`, parts['random'])
}

const checkFunction: Check = (option, value) => {
  if (typeof value !== 'function') throw misconfigured(option, 'must be a function')
}

/** A group of options: each is checked, and there is no other. */
const group =
  <TOptions>(checks: Checks<TOptions>): Check =>
  (option, value) => {
    if (!isObject(value)) throw misconfigured(option, 'must be an object')
    checkEach(checks, value, `${option}.`)
  }

const checkEach = (
  checks: Readonly<Record<string, Check>>,
  values: Readonly<Record<string, unknown>>,
  prefix: string,
): void => {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(prefix, name, Object.keys(checks))
  }
  for (const [name, check] of Object.entries(checks)) check(`${prefix}${name}`, values[name])
}

const oneOf =
  (...allowed: readonly string[]): Check =>
  (option, value) => {
    if (value === undefined || allowed.some((word) => word === value)) return
    throw misconfigured(option, `must be one of ${allowed.join(', ')}`)
  }

const checkOnFull: Check = (option, value) => {
  const dropped = isObject(value) ? value['drop'] : undefined
  const isList =
    Array.isArray(dropped) && dropped.length > 0 && dropped.every((name) => typeof name === 'string')
  if (value !== 'block' && !isList) throw misconfigured(option, "must be 'block', or { drop: [collections] }")
}

/** @throws SyncError MISCONFIGURED where what may be dropped is no collection */
const checkDropped = ({ schema, limits }: SyncClientOptions): void => {
  const onFull = limits?.onFull ?? 'block'
  if (onFull === 'block') return
  const unknown = onFull.drop.find((name) => !Object.hasOwn(schema.collections, name))
  if (unknown !== undefined)
    throw misconfigured('limits.onFull', `names "${unknown}", which is no collection of the schema`)
}

type GroupName = 'limits' | 'batch' | 'preflight' | 'retry'

const groups: { readonly [TName in GroupName]: Checks<NonNullable<SyncClientOptions[TName]>> } = {
  limits: {
    maxOps: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    onFull: optional(checkOnFull),
    page: wholeNumber(1, maxPage),
  },
  batch: {
    operations: wholeNumber(1, maxBatch),
    bytes: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    answerMs: wholeNumber(1, longestTimer),
  },
  preflight: {
    afterMs: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    afterOperations: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    onRisk: optional(
      group<NonNullable<NonNullable<SyncClientOptions['preflight']>['onRisk']>>({
        LOW: oneOf('push', 'pullFirst'),
        MEDIUM: oneOf('push', 'pullFirst', 'last', 'attention'),
        HIGH: oneOf('push', 'pullFirst', 'last', 'attention'),
      }),
    ),
  },
  retry: {
    base: wholeNumber(1, longestTimer),
    cap: wholeNumber(1, longestTimer),
  },
}

const checks: Checks<SyncClientOptions> = {
  schema: required(checkSchema),
  user: checkUser,
  storage: required(having('open', 'destroy')),
  transport: required(having('push', 'pull', 'preflight', 'snapshot', 'resume')),
  scopes: checkScopes,
  plugins: optional(checkPlugins),
  limits: optional(group(groups.limits)),
  batch: optional(group(groups.batch)),
  preflight: optional(group(groups.preflight)),
  retry: optional(group(groups.retry)),
  pollEvery: wholeNumber(1, longestTimer),
  connectivity: optional(checkConnectivity),
  metered: oneOf('sync', 'push-only', 'wait'),
  tabs: optional(having('join')),
  births: optional(having('read', 'write', 'remove')),
  onLocalDataLost: optional(checkFunction),
  autoStart: optional(checkSwitch),
  environment: optional(checkEnvironment),
  onMigrating: optional(checkFunction),
  logger: optional(having('error', 'debug')),
}

/** The names of all options, those of a group with the group's name in front. */
export const optionNames = (): readonly string[] =>
  Object.keys(checks).flatMap((name) =>
    Object.hasOwn(groups, name)
      ? Object.keys(groups[name as GroupName]).map((member) => `${name}.${member}`)
      : [name],
  )

/** @throws SyncError MISCONFIGURED naming the option */
export const checkOptions = (options: SyncClientOptions): void => {
  const given: unknown = options
  if (!isObject(given)) throw misconfigured('the argument', 'must be an object of options')
  checkEach(checks, given, '')
  checkDropped(options)
}
