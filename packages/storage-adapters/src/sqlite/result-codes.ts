/** https://sqlite.org/rescode.html, the codes that we treat apart, with the sentences that SQLite has for them. */
const codes = [
  { number: 5, name: 'BUSY', sentence: 'database is locked' },
  { number: 6, name: 'LOCKED', sentence: 'database table is locked' },
  { number: 8, name: 'READONLY', sentence: 'attempt to write a readonly database' },
  { number: 10, name: 'IOERR', sentence: 'disk I/O error' },
  { number: 11, name: 'CORRUPT', sentence: 'database disk image is malformed' },
  { number: 13, name: 'FULL', sentence: 'database or disk is full' },
  { number: 14, name: 'CANTOPEN', sentence: 'unable to open database file' },
  { number: 26, name: 'NOTADB', sentence: 'file is not a database' },
] as const

/** The name of a result code, also of an extended one. */
export const codeOfNumber = (resultCode: number): string | undefined =>
  codes.find(({ number }) => number === (resultCode & 0xff))?.name

/** For libraries that pass on what SQLite says, but not its code. */
export const codeOfSentence = (message: string): string | undefined =>
  codes.find(({ sentence }) => message.includes(sentence))?.name
