import { ownMigrations, readMigrations } from '../../store/prisma/migrate/migration-files.ts'
import type { Request } from '../arguments.ts'
import type { CommandContext, ExitCode } from '../context.ts'
import { sentenceOf } from '../database/failure.ts'
import { openDatabase, type CommandDatabase } from '../database/open.ts'
import { expectedTable, readOwnModels } from '../schema/own-models.ts'
import { counted } from '../text.ts'
import { error, ok, type Check } from './check.ts'
import { checkClock } from './clock.ts'
import { findTables } from './found-tables.ts'
import { countMarks, judgeMarks, judgeTriggers, readMapped } from './mapped.ts'
import { checkMigrations, readHistory } from './migrations.ts'
import { judgeOutbox, readWaiting } from './outbox.ts'
import { checkConnections, checkIsolation, checkListen, checkWritable } from './postgresql.ts'
import { checkTimes, judgeRetention, readAbsences } from './retention.ts'
import { checkJournal, checkWriteLock } from './sqlite.ts'
import { checkTables } from './tables.ts'

type DoctorCommand = Request & { readonly kind: 'doctor' }
type Surroundings = Pick<CommandContext, 'environment'>

/** A check that fails by itself is an error of that name; the others go on. */
const guarded = async (
  name: string,
  run: () => Promise<Check | readonly Check[]>,
): Promise<readonly Check[]> => {
  try {
    const found = await run()
    return 'name' in found ? [found] : found
  } catch (failure) {
    return [error(name, `can't be checked: ${sentenceOf(failure)}`, 'see to that first, then run this again')]
  }
}

const checkMade = async ({ provider, client }: CommandDatabase): Promise<readonly Check[]> => {
  const expected = (await readOwnModels(provider)).map(expectedTable)
  const tables = checkTables(expected, await findTables(provider, client))
  const complete = tables.every(({ name, state }) => name !== 'tables' || state === 'ok')
  const own = await readMigrations(ownMigrations(provider))
  return [checkMigrations(own, await readHistory(provider, client), complete), ...tables]
}

const checkServer = async (
  { client, listen }: CommandDatabase,
  { environment }: Surroundings,
): Promise<readonly Check[]> => {
  if (listen === undefined) {
    return [
      ...(await guarded('journal', () => checkJournal(client))),
      ...(await guarded('writable', () => checkWriteLock(client))),
    ]
  }
  return [
    ...(await guarded('clock', () => checkClock(client, environment))),
    ...(await guarded('writable', () => checkWritable(client))),
    ...(await guarded('isolation', () => checkIsolation(client))),
    ...(await guarded('connections', () => checkConnections(client))),
    ...(await guarded('listen', () => checkListen(client, listen, environment))),
  ]
}

const checkContents = async (
  { provider, client }: CommandDatabase,
  retention: number | undefined,
  { environment }: Surroundings,
): Promise<readonly Check[]> => {
  const now = environment.clock.now()
  return [
    ...(await guarded('retention', async () =>
      judgeRetention(await readAbsences(client, now - (retention ?? now)), retention),
    )),
    ...(await guarded('times', () => checkTimes(client, Math.round(now)))),
    ...(await guarded('outbox', async () => judgeOutbox(await readWaiting(client, now)))),
    ...(await guarded('triggers', async () => judgeTriggers(await readMapped(provider, client)))),
    ...(await guarded('marks', async () => judgeMarks(await countMarks(client)))),
  ]
}

const checkAll = async (
  { target, retention }: DoctorCommand,
  context: Surroundings,
): Promise<readonly Check[]> => {
  try {
    await using database = await openDatabase(target)
    const made = await guarded('tables', () => checkMade(database))
    const areComplete = !made.some(({ name, state }) => name === 'tables' && state === 'error')
    return [
      ok('reachable', `${database.name} answers`),
      ...made,
      ...(await checkServer(database, context)),
      ...(areComplete ? await checkContents(database, retention, context) : []),
    ]
  } catch (failure) {
    return [
      error('reachable', `${target.name}: ${sentenceOf(failure)}`, 'nothing else can be checked until it is'),
    ]
  }
}

const show = (checks: readonly Check[]): string => {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.flatMap((check) => [
    `${check.state.padEnd('warning'.length)}  ${check.name.padEnd(width)}  ${check.says}`,
    ...(check.state === 'ok' ? [] : [`${' '.repeat(width + 11)}-> ${check.advice}`]),
  ])
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length
  return [
    ...lines,
    '',
    `${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}.`,
    '',
  ].join('\n')
}

/** `holdfast doctor`. */
export const doctor = async (request: DoctorCommand, context: CommandContext): Promise<ExitCode> => {
  const checks = await checkAll(request, context)
  const hasErrors = checks.some(({ state }) => state === 'error')
  const database = request.target.name
  context.print(request.json ? `${JSON.stringify({ database, ok: !hasErrors, checks })}\n` : show(checks))
  return hasErrors ? 1 : 0
}
