import { createHash } from 'node:crypto'
import type { Provider } from '../dialect/dialect.ts'

/** What the triggers of a collection's table need to know. */
export interface TriggeredTable {
  readonly collection: string
  readonly table: string
  readonly databaseSchema?: string | undefined
  readonly idColumn: string
}

/**
 * Statements that make each write of the table leave a mark in `holdfast_touched`, whoever writes: Prisma, an admin's SQL, a
 * cascade, another service. They take the place of earlier ones. Each is one statement, in order.
 */
export const triggerStatements = (provider: Provider, table: TriggeredTable): readonly string[] =>
  provider === 'postgresql' ? forPostgresql(table) : forSqlite(table)

/** What takes them away. */
export const dropTriggerStatements = (provider: Provider, table: TriggeredTable): readonly string[] =>
  provider === 'postgresql'
    ? [
        ...events.map((event) => drop(table, event, ` ON ${tableName(table)}`)),
        `DROP FUNCTION IF EXISTS ${functionName(table)}()`,
      ]
    : rowEvents.map((event) => drop(table, event, ''))

const rowEvents = ['INSERT', 'UPDATE', 'DELETE'] as const
const events = [...rowEvents, 'TRUNCATE'] as const

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const tableName = ({ databaseSchema, table }: TriggeredTable): string =>
  databaseSchema === undefined ? name(table) : `${name(databaseSchema)}.${name(table)}`

/** Of what the database knows a collection's trigger by. */
export const triggerNameOf = (
  collection: string,
  event: 'insert' | 'update' | 'delete' | 'truncate',
): string => whole(`holdfast_${collection}_${event}`)

/** PostgreSQL cuts names after 63 bytes: those of one collection would be the same. */
const whole = (text: string): string =>
  Buffer.byteLength(text) <= 63
    ? text
    : `holdfast_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`

const triggerName = ({ collection }: TriggeredTable, event: (typeof events)[number]): string =>
  name(triggerNameOf(collection, lowered[event]))

const lowered = { INSERT: 'insert', UPDATE: 'update', DELETE: 'delete', TRUNCATE: 'truncate' } as const

const functionName = ({ collection }: TriggeredTable): string => name(whole(`holdfast_touch_${collection}`))

const drop = (table: TriggeredTable, event: (typeof events)[number], on: string): string =>
  `DROP TRIGGER IF EXISTS ${triggerName(table, event)}${on}`

/** Of all rows of a statement at once. */
const transitions = {
  INSERT: 'REFERENCING NEW TABLE AS changed',
  UPDATE: 'REFERENCING OLD TABLE AS earlier NEW TABLE AS changed',
  DELETE: 'REFERENCING OLD TABLE AS changed',
  TRUNCATE: '',
} as const

/**
 * The function runs with the rights and the search path of whoever made it: an admin who may write the table need not know of
 * our tables.
 */
const forPostgresql = (table: TriggeredTable): readonly string[] => {
  const collection = literal(table.collection)
  const id = name(table.idColumn)
  const insert = 'INSERT INTO holdfast_touched (collection, record_id, mark, transaction_id)'
  const mark = 'gen_random_uuid()::text, pg_current_xact_id()::text'
  const marks = (from: string): string =>
    `${insert} SELECT ${collection}, ${from === 'holdfast_homes' ? 'record_id' : `${id}::text`}, ${mark} FROM ${from}`
  const body = `CREATE OR REPLACE FUNCTION ${functionName(table)}() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path FROM CURRENT AS $holdfast$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    ${marks('holdfast_homes')} WHERE collection = ${collection};
    RETURN NULL;
  END IF;
  ${marks('changed')} WHERE ${id} IS NOT NULL;
  IF TG_OP = 'UPDATE' THEN
    ${marks('earlier')} WHERE ${id} IS NOT NULL
      AND ${id} NOT IN (SELECT ${id} FROM changed WHERE ${id} IS NOT NULL);
  END IF;
  RETURN NULL;
END $holdfast$`
  return [
    body,
    ...events.flatMap((event) => [
      drop(table, event, ` ON ${tableName(table)}`),
      `CREATE TRIGGER ${triggerName(table, event)} AFTER ${event} ON ${tableName(table)} ${transitions[event]}
  FOR EACH STATEMENT EXECUTE FUNCTION ${functionName(table)}()`,
    ]),
  ]
}

const forSqlite = (table: TriggeredTable): readonly string[] => {
  const id = name(table.idColumn)
  const marks = (row: string, condition = ''): string =>
    `INSERT INTO holdfast_touched (collection, record_id, mark)
    SELECT ${literal(table.collection)}, ${row}.${id}, lower(hex(randomblob(16))) WHERE ${row}.${id} IS NOT NULL${condition};`
  const bodies = {
    INSERT: marks('NEW'),
    UPDATE: `${marks('NEW')}\n  ${marks('OLD', ` AND OLD.${id} IS NOT NEW.${id}`)}`,
    DELETE: marks('OLD'),
  }
  return rowEvents.flatMap((event) => [
    drop(table, event, ''),
    `CREATE TRIGGER ${triggerName(table, event)} AFTER ${event} ON ${tableName(table)} FOR EACH ROW BEGIN
  ${bodies[event]}
END`,
  ])
}
