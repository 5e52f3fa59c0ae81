import { basename, resolve } from 'node:path'

/** A database, as a URL names it. `name` is what may be shown: without user, password and options. */
export type Target =
  | { readonly provider: 'postgresql'; readonly name: string; readonly url: string }
  | { readonly provider: 'sqlite'; readonly name: string; readonly file: string }

export type ReadTarget =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'misuse'; readonly says: string }

const misuse = (says: string): ReadTarget => ({ kind: 'misuse', says })

const examples = 'postgresql://user:password@host:5432/database or file:./server.db'

/** A path without a scheme is a SQLite file. Paths begin at `cwd`. */
export const readTarget = (given: string | undefined, cwd: string): ReadTarget => {
  if (given === undefined || given === '') {
    return misuse(`Name the database with --url or in DATABASE_URL: ${examples}.`)
  }
  const [, scheme] = /^([a-z][a-z\d+.-]+):/i.exec(given) ?? []
  if (scheme === undefined || scheme.toLowerCase() === 'file') return sqlite(given, cwd)
  if (!/^postgres(ql)?$/i.test(scheme)) {
    return misuse(`Holdfast speaks PostgreSQL and SQLite, not ${scheme}: give ${examples}.`)
  }
  if (!URL.canParse(given)) {
    return misuse(`The URL of the database can't be read: write it like ${examples}, with %40 for an @.`)
  }
  const { host, pathname } = new URL(given)
  return { kind: 'target', target: { provider: 'postgresql', name: host + pathname, url: given } }
}

const sqlite = (given: string, cwd: string): ReadTarget => {
  const [path = ''] = given.replace(/^file:(\/\/(?=\/))?/i, '').split('?')
  if (basename(path) === '' || path === ':memory:') {
    return misuse(`A SQLite database is named by its file: file:./server.db.`)
  }
  const file = resolve(cwd, path)
  return { kind: 'target', target: { provider: 'sqlite', name: file, file } }
}

/** No password of a URL remains in the text. */
export const hidePasswords = (text: string): string =>
  text
    .replaceAll(/(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@]*:)\S*@/gi, '$1***@')
    .replaceAll(/([?&](?:ssl)?password=)[^&\s'"]*/gi, '$1***')
