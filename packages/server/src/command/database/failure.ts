import { SyncError } from '@holdfast/core'
import { hidePasswords } from '../target.ts'

interface DriverFailure {
  readonly kind?: unknown
  readonly originalCode?: unknown
  readonly originalMessage?: unknown
  readonly message?: unknown
  readonly db?: unknown
  readonly user?: unknown
}

const isObject = (value: unknown): value is DriverFailure => typeof value === 'object' && value !== null

/** What driver adapters name their failures, and what helps. */
const adviceFor = (failure: DriverFailure): string | undefined => {
  switch (failure.kind) {
    case 'DatabaseNotReachable':
      return 'Nothing answers there: check host and port, and that the database runs'
    case 'AuthenticationFailed':
    case 'DatabaseAccessDenied':
      return 'The database refused the user: check name and password'
    case 'DatabaseDoesNotExist':
      return `There is no database ${String(failure.db)} there: create it, or check the name`
    case 'TlsConnectionError':
      return 'There is no secure connection to the database: check sslmode in the URL'
    case 'TooManyConnections':
      return 'The database has no connection to spare: close some, or raise max_connections'
    case 'ConnectionClosed':
      return 'The database closed the connection: try again'
    case 'SocketTimeout':
      return 'The database is busy or does not answer: try again'
    case 'TableDoesNotExist':
    case 'ColumnNotFound':
      return 'Tables or columns of Holdfast are missing: run holdfast migrate, or prisma migrate where your schema has the models'
    default:
      return undefined
  }
}

const firstLine = (text: unknown): string => String(text).trim().split('\n')[0] ?? ''

/** One sentence, without a stack, without a password. */
export const sentenceOf = (error: unknown): string => {
  const sentence = hidePasswords(describe(error))
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

const describe = (error: unknown): string => {
  if (error instanceof SyncError) return error.message
  if (!isObject(error)) return firstLine(error)
  const { cause, message } = error as { readonly cause?: unknown; readonly message?: unknown }
  if (isObject(cause)) {
    const advice = adviceFor(cause)
    if (advice !== undefined) return advice
    if (cause.originalMessage !== undefined) return fromDatabase(firstLine(cause.originalMessage))
  }
  if (String(message).includes('timeout exceeded when trying to connect')) {
    return 'The database does not answer: check host and port, and firewalls between here and there'
  }
  return fromDatabase(firstLine(message))
}

const fromDatabase = (message: string): string => {
  if (/relation "holdfast_\w+" already exists|table "?holdfast_\w+"? already exists/.test(message)) {
    return 'The tables are there and these migrations did not make them: go on with prisma migrate, which did'
  }
  if (/file is not a database/.test(message)) return 'The file is not a SQLite database: check the path'
  if (/directory does not exist/.test(message)) return 'The folder of the file is not there: make it first'
  if (/unable to open database file/.test(message)) {
    return 'The file can not be opened: check the path, and that you may read and write it and its folder'
  }
  return message
}
